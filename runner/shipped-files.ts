// Made by `npm run generate` from the files in scenarios/. Do not edit: edit those.

/** Every file in scenarios/, by its path there. */
export const SHIPPED_FILES: ReadonlyMap<string, string> = new Map([
  [
    "bugs/1154-diff-without-trunc.scenario.yaml",
    `# ZOOKEEPER-1154. A leader logs a proposal that nobody else has, and crashes. The others go on without it.
# When it comes back it has to forget that proposal. With the defect it is sent what it missed, and never
# told to cut off what it has alone.
name: 1154-diff-without-trunc
title: A proposal that nobody else has is not cut off
description: >
  Server 3 leads, is cut off, and logs a write that reaches nobody; then its machine fails. The others elect server 2 and commit
  something else. It comes back with a zxid that lies between those that server 2 keeps in memory, but is
  none of them. It must be given the tree, or cut its log first. Until 3.3.4 and 3.4.0 it was sent a DIFF.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: alice
    servers: [3]
    sessionTimeout: 4s
    do:
      - { at: 1s, do: create, path: /shared }
  - name: bob
    servers: [1, 2]
    sessionTimeout: 4s
    do:
      - { at: 5s, do: create, path: /later, retries: 20 }

steps:
  - when: znode /shared exists
    after: 500ms
    do: isolate
    server: leader
    say: "/shared is committed. Now the leader is cut off."
  - after: 50ms
    do: create
    client: alice
    path: /lost
    say: "Its client asks for another znode. The proposal gets as far as the leader's own log."
  - after: 300ms
    do: crash
    server: 3
    power: true
    say: "Its machine fails. Nobody else has heard of /lost, and nobody was told that it was written."
  - after: 10ms
    do: heal
  - when: znode /later exists
    say: "The other two have a leader, an epoch of their own, and something committed in it."
  - after: 500ms
    do: restart
    server: 3
    say: "Server 3 comes back with /lost at the end of its log."
  - when: server 3 is synced
    say: "It follows. Does it still have /lost?"

until: 12s
expect:
  - { by: 2s, that: znode /shared exists }
  - { by: 10s, that: server 3 is FOLLOWING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "bugs/1319-empty-diff-for-fresh-server.scenario.yaml",
    `# ZOOKEEPER-1319. Two servers of three have a history and have just started again. The third joins for the first
# time. With the defect the leader thinks that it has everything, and it serves an empty tree.
name: 1319-empty-diff-for-fresh-server
title: A new server is told that it has everything
description: >
  Servers 1 and 2 start with what they had; server 2 leads and has not proposed anything yet. Server 3 joins
  with an empty disk. The leader of 3.4.0 compared the zxid of who joined, 0, with that of its own last
  proposal, which was 0 as long as there was none, and sent an empty DIFF.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }
history:
  1: { zxid: 0x100000009 }
  2: { zxid: 0x100000009 }

clients:
  - name: alice
    start: 5s
    servers: [1, 2]
    sessionTimeout: 4s
    do:
      - { at: 6s, do: set, path: /history, data: "new" }

steps:
  - when: leader is 2
    say: "Server 2 leads epoch 2. It has proposed nothing yet."
  - after: 1s
    do: start
    server: 3
    say: "Server 3 joins for the first time. Its disk is empty."
  - when: server 3 is synced
    say: "It follows and serves clients. Does it have /history?"
  - when: 'znode /history holds "new"'
    say: "The first write of the epoch reaches all three."

until: 8s
expect:
  - { by: 3s, that: leader is 2 }
  - { by: 5s, that: server 3 synced by SNAP }
  - { by: 7s, that: 'znode /history holds "new"' }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "bugs/1367-session-txns-skip-table-in-diff.scenario.yaml",
    `# ZOOKEEPER-1367. Sessions are transactions, too: they open and close on every server. With the defect a session
# that opened while a server was down does not reach the table of that server, though its znodes do.
name: 1367-session-txns-skip-table-in-diff
title: A lock outlives its session
description: >
  Server 2 is down while a client opens a session and takes a lock with an ephemeral znode. It comes back, is
  brought up to date by DIFF, and leads when server 3 fails. The client is dead. Its session must expire, and
  the lock be free. Until 3.3.4 and 3.4.2 the new leader did not know the session, and the lock was never freed.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: bob
    servers: [1]
    sessionTimeout: 4s
    do:
      - { at: 800ms, do: create, path: /first }
  - name: owner
    start: 2500ms
    servers: [3]
    sessionTimeout: 2s
    renew: false
    do:
      - { at: 3s, do: create, path: /lock, ephemeral: true }

steps:
  - when: znode /first exists
    after: 300ms
    do: crash
    server: 2
    say: "Server 2 fails."
  - when: znode /lock exists
    say: "A client has opened a session and taken the lock."
  - after: 500ms
    do: restart
    server: 2
  - when: server 2 is synced
    say: "Server 2 comes back and has been sent both."
  - after: 200ms
    do: crash
    server: 3
    power: true
    say: "Server 3 fails, and the client has lost its only way to the ensemble."
  - when: leader is 2
    say: "Server 2 leads. Nobody hears of the client any more."
  - after: 4s
    say: "Its session has expired. Is the lock free?"

until: 12s
expect:
  - { by: 5s, that: znode /lock exists }
  - { from: 3s, by: 7s, that: server 2 synced by DIFF }
  - { that: leader is 2 }
  - { that: znode /lock is absent }
  - { that: all synced }
`,
  ],
  [
    "bugs/1549-dirty-candidate-snapshot.scenario.yaml",
    `# ZOOKEEPER-1549, open in Apache ZooKeeper to this day. A server that is elected writes a snapshot of all that it
# has, committed or not, before anybody follows it. With the defect a later TRUNC cuts its log and leaves
# that snapshot.
name: 1549-dirty-candidate-snapshot
title: What TRUNC cut off is still in a snapshot
description: >
  Server 3 alone has a transaction in its log. It is elected, writes its snapshot, and fails before anybody
  could follow it. The others go on without it. When it comes back it is told to cut its log. It does, loads the
  newest snapshot, and has what it was to forget: at once, and again after every start.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }
history:
  3: { zxid: 0x100000007 }
  all: { zxid: 0x100000006 }

clients:
  - name: alice
    start: 6s
    servers: [1, 2]
    sessionTimeout: 4s
    do:
      - { at: 7s, do: create, path: /later }

steps:
  - when: server 3 is LEADING
    after: 20ms
    do: crash
    server: 3
    say: "Server 3 was elected by server 1 and has written its snapshot, with 0x100000007 in it. It fails."
  - after: 500ms
    do: start
    server: 2
    say: "Servers 1 and 2 have the others. Nobody else has heard of 0x100000007."
  - when: leader is 2
    say: "Server 2 leads. As long as nobody writes, its last transaction is 0x100000006."
  - after: 500ms
    do: restart
    server: 3
    say: "Server 3 comes back, with one transaction more."
  - when: server 3 is synced
    say: "TRUNC: its log ends at 0x100000006. What is in its tree?"
  - when: znode /later exists
    after: 500ms
    do: restart
    server: 3
    say: "And after another start?"

until: 12s
expect:
  - { by: 3s, that: leader is 2 }
  - { by: 6s, that: server 3 synced by TRUNC }
  - { by: 8s, that: znode /later exists }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "bugs/2845-stale-database-after-stepdown.scenario.yaml",
    `# ZOOKEEPER-2845. A server that leaves its role keeps its tree in memory. The log may be ahead of the tree, and
# with the defect the server forgets that: it votes and syncs with what the tree has.
name: 2845-stale-database-after-stepdown
title: A discarded write comes back with a restart
description: >
  Server 3 logs a write that reaches nobody, and steps down. It must now own up to all that it has logged, so
  that the next leader can have it cut off. In 3.4.10, 3.4.11 and 3.5.3 it told what its tree had, was given a
  DIFF, and logged on behind the write. Nothing shows, until it starts again.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: alice
    servers: [3]
    sessionTimeout: 4s
    renew: false
    do:
      - { at: 1s, do: create, path: /kept }
  - name: bob
    servers: [1, 2]
    sessionTimeout: 4s
    do:
      - { at: 1500ms, do: get, path: /kept }

steps:
  - when: znode /kept exists
    after: 500ms
    do: isolate
    server: leader
    say: "/kept is committed. Now the leader is cut off."
  - after: 50ms
    do: create
    client: alice
    path: /discarded
    say: "It logs one more. That reaches nobody, and is never committed."
  - when: server 3 is LOOKING
    say: "It steps down. Its log is ahead of its tree."
  - when: leader elected
    after: 300ms
    do: heal
    say: "Server 2 leads. Server 3 asks to follow."
  - when: server 3 is synced
    do: create
    client: bob
    path: /later
    say: "It follows, and logs what is committed now."
  - when: znode /later exists
    after: 500ms
    do: restart
    server: 3
    say: "It starts again, and replays its log."
  - when: server 3 is synced
    say: "Does it have /discarded?"

until: 12s
expect:
  - { by: 2s, that: znode /kept exists }
  - { by: 10s, that: znode /later exists }
  - { that: server 3 is FOLLOWING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "bugs/3911-ack-before-log.scenario.yaml",
    `# ZOOKEEPER-3911. The ack of NEWLEADER says that the leader's history is on the learner's disk, and a quorum of
# such acks makes that history committed. With the defect the learner acks first and logs later.
name: 3911-ack-before-log
title: What a leader showed its clients is gone
description: >
  Server 3 has a transaction that server 2 lacks. It leads; server 2 is given the transaction and acks
  NEWLEADER. So it is committed, and server 3 serves it. Then both fail. Server 2 must have it on its disk. From
  3.4.10 on, and until 3.5.8 and 3.6.2, it was only in memory: server 2 leads next, and has server 3 cut it off.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }
history:
  3: { zxid: 0x100000006 }
  all: { zxid: 0x100000005 }

steps:
  - when: server 3 is synced
    after: 5ms
    do: crash
    servers: [2, 3]
    say: "Server 2 has acked NEWLEADER, so server 3 serves 0x100000006. At this moment both fail."
  - after: 500ms
    do: start
    server: 1
    say: "Server 1 starts for the first time today. It has 0x100000005."
  - after: 500ms
    do: restart
    server: 2
    say: "Server 2 comes back with what is on its disk."
  - when: leader is 2
    after: 500ms
    do: restart
    server: 3
    say: "It leads, for it has seen the later epoch. Server 3 comes back."
  - when: server 3 is synced
    say: "It had shown 0x100000006 to clients. Who has it now?"

until: 10s
expect:
  - { by: 6s, that: leader is 2 }
  - { that: 'znode /history holds "0x100000006"' }
  - { that: server 3 is FOLLOWING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "bugs/4925-committed-list-hole-after-diff.scenario.yaml",
    `# ZOOKEEPER-4925. A leader keeps its last committed transactions in memory, to bring a learner up to date with a
# DIFF. With the defect a server that has itself been brought up to date so lacks those in its list, and as a
# leader it sends a DIFF with a hole.
name: 4925-committed-list-hole-after-diff
title: A DIFF has a hole, where its sender was given a DIFF itself
description: >
  Server 3 logs two writes that reach nobody, loses its quorum, and leads again, for it has the longest log.
  Server 1 is given the two in a DIFF. Then server 3 is gone, and server 1 leads server 2, which was down all
  the while. In 3.9.3 the two were in the log of server 1 and in its tree, and not in the list that it sends.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: alice
    servers: [3]
    sessionTimeout: 4s
    do:
      - { at: 1s, do: create, path: /first }

steps:
  - when: znode /first exists
    after: 500ms
    do: isolate
    server: leader
    say: "All have /first. Now the leader is cut off."
  - after: 50ms
    do: create
    client: alice
    path: /second
  - after: 10ms
    do: create
    client: alice
    path: /third
    say: "It logs two more, which reach nobody."
  - after: 100ms
    do: crash
    server: 2
    say: "Server 2 fails. It will be down for a while."
  - when: server 3 is LOOKING
    after: 500ms
    do: heal
    say: "The leader has given up. It can be reached again."
  - when: server 1 synced by DIFF
    say: "Server 3 leads again, and gives server 1 the two writes in a DIFF."
  - after: 500ms
    do: create
    client: alice
    path: /fourth
  - when: znode /fourth exists
    after: 200ms
    do: crash
    server: 3
    power: true
    say: "Another write commits. Then server 3 is gone."
  - after: 200ms
    do: restart
    server: 2
    say: "Server 2 comes back with /first and nothing else."
  - when: server 2 is synced
    say: "It follows server 1. Was it given /second and /third?"

until: 14s
expect:
  - { by: 2s, that: znode /first exists }
  - { by: 8s, that: server 1 synced by DIFF }
  - { that: leader is 1 }
  - { that: znode /third exists }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "cold-start.scenario.yaml",
    `# The power goes in the whole room, and comes back. What was acknowledged is on disk at a quorum,
# and so it is there.
name: cold-start
title: The power fails everywhere, and comes back
description: >
  A write is acknowledged once a quorum has it on disk. So even when every server loses its
  power at the same instant, the servers that start again agree on all of it.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    count: 2
    mix: { set: 3, create: 1 }
    rate: 25
    until: 10s
    sessionTimeout: 4s

steps:
  - when: 100 writes committed
    do: crash
    servers: [all]
    power: true
    say: "The power fails everywhere."
  - after: 2s
    do: restart
    servers: [all]
    say: "It comes back. Each server reads its snapshot and its log."
  - when: leader elected
    say: "The one with the longest history leads."
  - when: 50 more writes committed
    say: "And the clients go on."

until: 12s
expect:
  - { from: 1s, by: 6s, that: no leader }
  - { by: 10s, that: epoch at least 2 }
  - { that: 200 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "follower-diff.scenario.yaml",
    `# A follower misses a few writes. The leader still has them in memory and sends just those.
name: follower-diff
title: A follower crashes and catches up by DIFF
description: >
  Two of three are a quorum, so writing goes on. The leader keeps its last committed proposals
  in memory; a follower that missed no more than those is sent the difference.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    mix: { set: 1 }
    rate: 50
    until: 8s
    servers: [2, 3]
    sessionTimeout: 4s

steps:
  - when: 40 writes committed
    do: crash
    server: 1
    say: "Server 1 crashes. Two of three are a quorum still."
  - when: 60 more writes committed
    do: restart
    server: 1
    say: "Server 1 is back and says how far its log goes."
  - when: server 1 is synced
    say: "The leader sent a DIFF: only the proposals in between."

until: 10s
expect:
  - { by: 8s, that: server 1 synced by DIFF }
  - { never: no leader, from: 2s }
  - { that: 300 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "follower-snap.scenario.yaml",
    `# A follower is away for so long that the leader no longer has what it missed, and sends its whole
# tree.
name: follower-snap
title: A follower falls far behind and is sent a SNAP
description: >
  The leader remembers only its last twenty committed proposals here. Once more were missed, and
  reading the log from disk would cost more than the tree is worth, the whole tree is sent.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble:
  { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5, commitLogCount: 20, snapCount: 60 }

clients:
  - name: writer
    mix: { set: 1 }
    rate: 70
    until: 12s
    servers: [2, 3]
    sessionTimeout: 4s

steps:
  - when: 20 writes committed
    do: crash
    server: 1
    say: "Server 1 crashes and misses a lot."
  - when: 300 more writes committed
    do: restart
    server: 1
    say: "Server 1 is back, three hundred writes behind."
  - when: server 1 is synced
    say: "The leader sent a SNAP. Everything server 1 had was replaced."

until: 14s
expect:
  - { by: 8s, that: server 1 synced by SNAP }
  - { never: no leader, from: 2s }
  - { that: 600 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "follower-trunc.scenario.yaml",
    `# The leader is cut off with proposals that nobody else has. They were never committed; when it comes
# back as a follower, its log is cut to what the new leader has.
name: follower-trunc
title: An uncommitted tail is cut off by TRUNC
description: >
  Server 3 leads and goes on writing to its own log behind a wall, though nobody can acknowledge.
  The others elect server 2. Server 3 has to forget its tail; its client was never told that it was
  written, and learns only that it does not know.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - { name: writer, mix: { set: 1 }, rate: 60, servers: [3], until: 12s, sessionTimeout: 4s }

steps:
  - when: 40 writes committed
    do: isolate
    server: leader
    say: "The leader is cut off. It proposes and logs, but no acknowledgement comes."
  - when: server 3 is LOOKING
    say: "Without a quorum it gives up after syncLimit ticks."
  - when: leader elected
    after: 300ms
    do: heal
    say: "The other two have a leader, and the wall is gone. Server 3 asks to follow."
  - when: server 3 is synced
    say: "TRUNC: the tail that nobody committed is gone from its log."

until: 14s
expect:
  - { by: 8s, that: server 3 synced by TRUNC }
  - { that: server 3 is FOLLOWING }
  - { that: epoch at least 2 }
  - { that: 100 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "leader-crash.scenario.yaml",
    `# The leader of five dies under load. The others elect another; whatever a client was told is
# committed survives; the dead one comes back as a follower.
name: leader-crash
title: The leader crashes while clients write
description: >
  Three writers keep going while the leader dies. For a moment nobody can write; then a new
  epoch begins, the clients' sessions move to other servers, and nothing that was acknowledged
  is lost.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 5, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    count: 3
    mix: { set: 6, create: 2, get: 2 }
    rate: 15
    until: 15s
    sessionTimeout: 4s

steps:
  - when: leader elected
    say: "A leader is elected. Clients connect and begin to write."
  - when: 100 writes committed
    do: crash
    server: leader
    say: "The leader crashes."
  - after: 100ms
    say: "The followers have lost their leader. They are LOOKING again."
  - when: leader elected
    say: "A new leader. Its epoch is higher than any before."
  - after: 2s
    do: restart
    server: crashed
    say: "The old leader comes back and finds itself a follower."
  - when: all synced
    say: "It has been sent what it missed. Five of five again."

until: 17s
expect:
  - { by: 2s, that: leader elected }
  - { from: 1s, by: 6s, that: no leader }
  - { that: leader elected }
  - { that: epoch at least 2 }
  - { that: 400 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "leader-isolated.scenario.yaml",
    `# The leader commits, is cut off from both followers, then rejoins. A correct ensemble elects a
# leader in a higher epoch and loses nothing committed.
name: leader-isolated
title: The leader is cut off from everybody
description: >
  A leader that hears nobody steps down after syncLimit ticks, at about the time the others
  begin to look for another. What it had committed is in the history of the next leader.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: alice
    sessionTimeout: 4s
    do:
      - { at: 1s, do: create, path: /ledger, data: "1", retries: 20 }
  - name: bob
    sessionTimeout: 4s
    servers: [1, 2]
    do:
      - { at: 6s, do: set, path: /ledger, data: "2", retries: 20 }

steps:
  - when: znode /ledger exists
    after: 1s
    do: isolate
    server: leader
    say: /ledger is committed. Now the leader is cut off from both followers.
  - when: server 3 is LOOKING
    say: "It has heard no follower for syncLimit ticks and steps down."
  - when: leader elected
    say: "Two of three: a new leader, a higher epoch, and /ledger is there."
  - when: 'znode /ledger holds "2"'
    after: 1s
    do: heal
    say: "The old leader can be reached again."
  - when: all synced
    say: "It follows, and has been sent what it missed."

until: 14s
expect:
  - { by: 3s, that: znode /ledger exists }
  - { by: 8s, that: leader is 2 }
  - { by: 9s, that: 'znode /ledger holds "2"' }
  - { that: epoch at least 2 }
  - { that: server 3 is FOLLOWING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "lock.scenario.yaml",
    `# Five clients pass a lock around: an ephemeral sequential znode each, everybody watching the next
# lower one. A leader crashes and a holder is cut off; the lock is never held twice.
name: lock
title: Clients pass a lock around
description: >
  The lock of ZooKeeper's recipes. Whoever has the lowest number holds it; whoever waits watches
  only the one in front, so that a release wakes one client and not the herd.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 3 }

clients:
  - name: worker
    count: 5
    lock: /lock
    hold: 150ms
    rest: 50ms
    sessionTimeout: 4s
    until: 16s

steps:
  - when: 3 locks taken
    say: "Each worker has a number. The lowest holds the lock."
  - at: 4s
    do: crash
    server: leader
    say: "The leader crashes. Whoever held the lock must take it for lost."
  - { when: leader elected, after: 1s, do: restart, server: crashed }
  - at: 9s
    do: isolate
    client: worker-1
    say: "Worker 1 is cut off. If it holds the lock, nobody gets it until its session is over."
  - when: session expired
    say: "Its session has expired, its znode is gone, and the next in line is told."
  - at: 14s
    do: heal
    say: "Worker 1 is back, with a new session and a new number."

until: 18s
expect:
  - { by: 3s, that: 3 locks taken }
  - { that: 30 locks taken }
  - { by: 15s, that: session expired }
  - { that: trees equal }
`,
  ],
  [
    "minority-partition.scenario.yaml",
    `# Five servers fall into two and three. The side with the leader is the smaller one, so it stops;
# the larger one goes on with a leader of its own.
name: minority-partition
title: The leader is on the smaller side of a partition
description: >
  A partition leaves the leader with one follower. Two of five can commit nothing. The other
  three elect a leader in a higher epoch. There are never two sides that commit.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 5, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    count: 5
    mix: { set: 4, get: 1 }
    rate: 14
    until: 13s
    sessionTimeout: 4s

steps:
  - when: 60 writes committed
    do: partition
    groups: [[leader, a follower], [others]]
    say: "A partition: the leader and one follower here, three followers there."
  - when: server 5 is LOOKING
    say: "The old leader has lost its quorum and stops serving."
  - when: leader elected
    say: "Three of five have elected a leader. Their side goes on."
  - after: 3s
    do: heal
    say: "The partition heals. The smaller side joins the larger."
  - when: all synced
    say: "One ensemble again."

until: 16s
expect:
  - { from: 1500ms, by: 8s, that: server 5 is LOOKING }
  - { that: server 5 is FOLLOWING }
  - { that: epoch at least 2 }
  - { that: all synced }
  - { that: 300 writes committed }
  - { that: trees equal }
`,
  ],
  [
    "observer.scenario.yaml",
    `# Observers answer clients and hear of every commit, but do not vote: losing them all costs no
# quorum, and they do not make one.
name: observer
title: Observers serve, but do not vote
description: >
  Three voters and two observers. Clients at an observer write and read as anywhere else. Both
  observers die and nothing stops; then two voters die and everything does, observers or not.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, observers: 2, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: near
    mix: { set: 1, get: 1 }
    rate: 40
    servers: [1, 2, 3]
    until: 14s
    sessionTimeout: 4s
  - name: far
    mix: { set: 1, get: 3 }
    rate: 40
    servers: [4, 5]
    until: 14s
    sessionTimeout: 4s

steps:
  - when: all synced
    say: "Servers 4 and 5 observe: every commit is sent to them with its data (INFORM)."
  - when: 60 writes committed
    do: crash
    servers: [observers]
    say: "Both observers crash. The voters do not care."
  - when: 60 more writes committed
    do: restart
    servers: [crashed]
    say: "They are back and are brought up to date."
  - when: all synced
    after: 1s
    do: crash
    servers: [1, 2]
    say: "Two voters crash. One voter and two observers are no quorum."
  - when: no leader
    after: 1s
    do: restart
    servers: [crashed]
    say: "The voters come back."
  - when: all synced
    say: "And so does the ensemble."

until: 16s
expect:
  - { by: 3s, that: server 4 is OBSERVING }
  - { never: server 4 is LEADING }
  - { never: server 5 is FOLLOWING }
  - { from: 1s, by: 12s, that: no leader }
  - { that: server 4 is OBSERVING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "one-way-partition.scenario.yaml",
    `# The leader hears its followers, but they do not hear it: a cable half broken. It must not go on
# leading.
name: one-way-partition
title: The leader can hear, but not be heard
description: >
  The links from the leader to its followers go dead in one direction only. The followers hear
  no ping and leave; the leader then has no quorum, whatever it still believes to hear.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    count: 2
    mix: { set: 1 }
    rate: 20
    until: 12s
    servers: [1, 2]
    sessionTimeout: 4s

steps:
  - when: 50 writes committed
    do: partition
    from: leader
    to: others
    say: Nothing the leader sends arrives any more. It still hears the others.
  - when: server 3 is LOOKING
    say: "The followers have given it up."
  - when: leader elected
    say: "They have a leader of their own."
  - after: 3s
    do: heal
    say: "The link works both ways again."
  - when: all synced
    say: "The old leader follows."

until: 14s
expect:
  - { from: 1500ms, by: 8s, that: server 3 is LOOKING }
  - { that: server 3 is FOLLOWING }
  - { that: epoch at least 2 }
  - { that: 200 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "rolling-restart.scenario.yaml",
    `# Every server is restarted in turn, each once the one before is back. Service is short of nothing
# but the moments of an election.
name: rolling-restart
title: Every server is restarted, one after the other
description: >
  How an ensemble is upgraded: followers first, the leader last, and never the next before the
  one before it is synchronised.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: writer
    count: 2
    mix: { set: 3, get: 1 }
    rate: 30
    until: 16s
    sessionTimeout: 4s

steps:
  - when: 50 writes committed
    do: restart
    server: 1
    say: "Server 1 is restarted."
  - when: server 1 is synced
    after: 1s
    do: restart
    server: 2
    say: "Then server 2."
  - when: server 2 is synced
    after: 1s
    do: restart
    server: 3
    say: "The leader comes last: that costs an election."
  - when: leader elected
    say: "A new leader. The clients have moved."
  - when: all synced
    say: "All three have been restarted."

until: 18s
expect:
  - { that: leader elected }
  - { that: epoch at least 2 }
  - { that: 300 writes committed }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "sessions.scenario.yaml",
    `# Two clients, two ephemeral znodes. One loses its server and moves: its session and its znode
# stay. The other is cut off for longer than its timeout: its session is over, and its znode is
# gone.
name: sessions
title: A session moves, another expires
description: >
  A session belongs to the ensemble, not to a server. A client may move to another server within
  its timeout and finds everything as it was. One that is silent for longer loses its session,
  its ephemeral znodes and its watches.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { servers: 3, tickMs: 200, initLimit: 10, syncLimit: 5 }

clients:
  - name: mover
    sessionTimeout: 4s
    do:
      - { at: 1s, do: create, path: /mover, ephemeral: true, retries: 5 }
      - { at: 1500ms, do: exists, path: /sleeper, watch: true, retries: 5 }
  - name: sleeper
    sessionTimeout: 2s
    renew: false
    do:
      - { at: 1s, do: create, path: /sleeper, ephemeral: true, retries: 5 }

steps:
  - at: 2s
    do: reset
    client: mover
    say: "The mover's connection breaks."
  - when: client mover is connected
    say: "It is back, at another server, with the same session. /mover is still there."
  - at: 5s
    do: isolate
    client: sleeper
    say: "The sleeper is cut off from every server."
  - when: session expired
    say: "Its timeout is over. The leader closes its session, and /sleeper goes with it."
  - when: client mover saw a change of /sleeper
    say: "The mover had left a watch there and is told."
  - at: 10s
    do: heal
    say: "The sleeper can reach the servers again, and learns that its session is gone."

until: 14s
expect:
  - { at: 4s, that: znode /mover exists }
  - { at: 4s, that: client mover is connected }
  - { at: 4900ms, that: znode /sleeper exists }
  - { by: 9s, that: session expired }
  - { by: 9s, that: client mover saw a change of /sleeper }
  - { that: znode /sleeper is absent }
  - { that: znode /mover exists }
  - { that: client sleeper is expired }
  - { that: trees equal }
`,
  ],
  [
    "tutorial-five.scenario.yaml",
    `# Five machines started one after another, as the third tutorial does: two of five are no quorum,
# the third completes it and leads, and whoever comes later finds a leader and follows it.
name: tutorial-five
title: Five servers, started in turn
description: >
  The leader is not the highest id of the ensemble but the highest of those who were there when
  a quorum came together. A later and higher one joins what is established.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble: { config: tutorial-five/zoo.cfg }

steps:
  - at: 0s
    do: start
    server: 100
    say: "100 starts. One of five: LOOKING."
  - at: 4s
    do: start
    server: 101
    say: "101 starts. Two of five are no quorum either."
  - at: 8s
    do: start
    server: 102
    say: "102 starts. Three of five agree, and the highest of them leads."
  - at: 12s
    do: start
    server: 103
    say: "103 is higher, but there is a leader already. It follows."
  - at: 16s
    do: start
    server: 104
    say: "So does 104."

until: 30s
expect:
  - { never: leader elected, until: 8s }
  - { by: 12s, that: leader is 102 }
  - { always: leader is 102, from: 12s }
  - { that: server 100 is FOLLOWING }
  - { that: server 103 is FOLLOWING }
  - { that: server 104 is FOLLOWING }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "tutorial-five/zoo.cfg",
    `# The tutorial's five machines; the same file on each.
tickTime=2000
initLimit=5
syncLimit=2
dataDir=/opt/module/zookeeper/zkData
clientPort=2181
server.100=hadoop100:2888:3888
server.101=hadoop101:2888:3888
server.102=hadoop102:2888:3888
server.103=hadoop103:2888:3888
server.104=hadoop104:2888:3888
`,
  ],
  [
    "tutorial-three.scenario.yaml",
    `# Three servers on one machine, as the first tutorial sets them up. All have run before. Server 1
# comes back alone and can do nothing but ask; the other two come back together, and 3, the
# highest, is elected.
name: tutorial-three
title: Three servers, started one after the other
description: >
  A server alone is no quorum: it stays LOOKING and keeps trying to reach the others. As soon as
  two more are there, the one with the highest id leads, since all three have the same history.
seed: "1"
# Between cities: slow enough to see each message on its way.
network: wan
ensemble:
  config:
    1: tutorial-three/zoo1.cfg
    2: tutorial-three/zoo2.cfg
    3: tutorial-three/zoo3.cfg
history:
  all: { zxid: 0x1a00000006 }

steps:
  - at: 0s
    do: start
    server: 1
    say: Server 1 starts alone. Its history ends at 0x1a00000006, and it votes for itself.
  - at: 4s
    say: "Nobody listens at the other two election addresses. Server 1 asks again and again."
  - at: 20s
    do: start
    servers: [2, 3]
    say: Servers 2 and 3 start. All histories are equal, so the highest id wins.
  - when: leader elected
    say: "Server 3 leads a new epoch. Servers 1 and 2 follow."

until: 40s
expect:
  - { at: 19s, that: server 1 is LOOKING }
  - { never: leader elected, until: 20s }
  - { by: 30s, that: leader is 3 }
  - { by: 30s, that: server 1 is FOLLOWING }
  - { that: server 2 is FOLLOWING }
  - { that: epoch at least 0x1b }
  - { that: all synced }
  - { that: trees equal }
`,
  ],
  [
    "tutorial-three/zoo1.cfg",
    `# The tutorial's server 1: three servers on one machine, each with its own client port and data.
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/usr/local/zookeeper/data/zk1
clientPort=2182
server.1=127.0.0.1:2889:3889
server.2=127.0.0.1:2990:3990
server.3=127.0.0.1:2991:3991
`,
  ],
  [
    "tutorial-three/zoo2.cfg",
    `# The tutorial's server 2: three servers on one machine, each with its own client port and data.
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/usr/local/zookeeper/data/zk2
clientPort=2183
server.1=127.0.0.1:2889:3889
server.2=127.0.0.1:2990:3990
server.3=127.0.0.1:2991:3991
`,
  ],
  [
    "tutorial-three/zoo3.cfg",
    `# The tutorial's server 3: three servers on one machine, each with its own client port and data.
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/usr/local/zookeeper/data/zk3
clientPort=2184
server.1=127.0.0.1:2889:3889
server.2=127.0.0.1:2990:3990
server.3=127.0.0.1:2991:3991
`,
  ],
]);
