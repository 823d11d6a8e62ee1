/** One line of the core that is made wrong. */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly becomes: string;
};

/** Mistakes that somebody could make, by the room that they are in; all of them compile. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "the logger syncs nothing",
    file: "core/storage/logger.ts",
    text: 'out.push({ kind: "sync", files: takeUnsyncedFiles(server), ticket: log.ticket });',
    becomes: 'out.push({ kind: "sync", files: [], ticket: log.ticket });',
  },
  {
    name: "one ack commits",
    file: "core/zab/broadcast.ts",
    text: "if (!isQuorum(quorum, acks) || (next !== null && !isQuorum(next, acks))) return false;",
    becomes: "if (acks.length === 0) return false;",
  },
  {
    name: "half is a quorum",
    file: "core/election/quorum.ts",
    text: "return count > quorum.voters.length >> 1;",
    becomes: "return count >= quorum.voters.length >> 1;",
  },
  {
    name: "the leader does not log what it proposes",
    file: "core/zab/broadcast.ts",
    text: "  logLater(server, txn, out);\n}\n\n/** `sid` has made",
    becomes: "}\n\n/** `sid` has made",
  },
  {
    name: "COMMIT goes out for what a learner was sent as committed",
    file: "core/zab/broadcast.ts",
    text: "if (!handler.forwarding || zxid <= handler.upTo) continue;",
    becomes: "if (!handler.forwarding) continue;",
  },
  {
    name: "the lower zxid wins an election",
    file: "core/election/vote.ts",
    text: "return challenger.zxid > holder.zxid;",
    becomes: "return challenger.zxid < holder.zxid;",
  },
  {
    name: "the older epoch wins an election",
    file: "core/election/vote.ts",
    text: "return challenger.peerEpoch > holder.peerEpoch;",
    becomes: "return challenger.peerEpoch < holder.peerEpoch;",
  },
  {
    name: "an epoch is led twice",
    file: "core/zab/leader-quorums.ts",
    text: "leader.epoch = acceptedEpoch + 1;",
    becomes: "leader.epoch = acceptedEpoch;",
  },
  {
    name: "DIFF skips a transaction",
    file: "core/zab/sync-choice.ts",
    text: 'return { mode: "DIFF", zxid: max, txns: txns.slice(index + 1) };',
    becomes: 'return { mode: "DIFF", zxid: max, txns: txns.slice(index + 2) };',
  },
  {
    name: "a learner that is ahead is not cut back",
    file: "core/zab/sync-choice.ts",
    text: 'return { mode: "TRUNC", zxid: max, txns: [] };',
    becomes: 'return { mode: "DIFF", zxid: peer, txns: [] };',
  },
  {
    name: "a cut one transaction short",
    file: "core/zab/sync-choice.ts",
    text: 'return { mode: "TRUNC", zxid: previous, txns: txns.slice(index) };',
    becomes: 'return { mode: "DIFF", zxid: max, txns: txns.slice(index) };',
  },
  {
    name: "a follower does not log a proposal",
    file: "core/zab/learner.ts",
    text: '      logLater(server, packet.txn, out);\n      break;\n    case "COMMIT": {',
    becomes: '      break;\n    case "COMMIT": {',
  },
  {
    name: "what was pending at UPTODATE is not logged",
    file: "core/zab/learner.ts",
    text: "for (const txn of learner.pending) logLater(server, txn, out);",
    becomes: "",
  },
  {
    name: "any commit takes the oldest proposal",
    file: "core/zab/learner.ts",
    text: "if (head !== undefined && head.zxid === zxid) {",
    becomes: "if (head !== undefined) {",
  },
  {
    name: "watches never fire",
    file: "core/request/final.ts",
    text: "  fireWatches(server, result, out);\n",
    becomes: "",
  },
  {
    name: "a create is not told to who watches the children",
    file: "core/tree/apply.ts",
    text: "    { type: TriggerType.created, path, acl },\n    childrenChanged(tree, parentKey, parent),\n",
    becomes: "    { type: TriggerType.created, path, acl },\n",
  },
  {
    name: "getData leaves no watch",
    file: "core/request/read.ts",
    text: 'if (op.watch && typeof outcome !== "number") addWatch(watches, "data", op.path, conn);',
    becomes: "",
  },
  {
    name: "what changed while a client moved is not told",
    file: "core/request/set-watches.ts",
    text: "znode.record.mzxid > op.relativeZxid",
    becomes: "znode.record.mzxid > op.relativeZxid + 1000n",
  },
  {
    name: "a client does not set its watches again",
    file: "core/client/step.ts",
    text: "if (watches !== null) {",
    becomes: "if (watches !== null && client.lastXid < 0) {",
  },
  {
    name: "a client forgets what it has seen",
    file: "core/client/step.ts",
    text: "if (reply.zxid > client.lastZxid) client.lastZxid = reply.zxid;",
    becomes: "",
  },
  {
    name: "a server takes clients that have seen more",
    file: "core/request/clients.ts",
    text: "if (lastZxidSeen <= own) return null;",
    becomes: "if (lastZxidSeen <= own || own >= 0n) return null;",
  },
  {
    name: "a read overtakes its session's write",
    file: "core/request/commit.ts",
    text: "if (line !== undefined) line.push(request);",
    becomes: "if (line !== undefined && request.awaits) line.push(request);",
  },
  {
    name: "a follower answers sync by itself",
    file: "core/request/submit.ts",
    text: 'const read = isRead(op) || (client.local && op.kind === "closeSession");\n  enqueueRequest',
    becomes: 'const read = isRead(op) || op.kind === "sync";\n  enqueueRequest',
  },
  {
    name: "versions are not compared",
    file: "core/request/written-node.ts",
    text: "return wanted === -1 || wanted === version;",
    becomes: "return wanted === -1 || version >= 0;",
  },
  {
    name: "a znode with children can be deleted",
    file: "core/request/prepare-delete.ts",
    text: "if (change.childCount > 0) return ErrorCode.notEmpty;\n  return pushDelete(database, pending, request, parent, change);\n}\n\n/**",
    becomes: "return pushDelete(database, pending, request, parent, change);\n}\n\n/**",
  },
  {
    name: "a create goes over what is there",
    file: "core/request/prepare-create.ts",
    text: "if (lookUp(database, pending, keyOf(path)) !== null) return ErrorCode.nodeExists;",
    becomes: "",
  },
  {
    name: "sequence numbers begin at one",
    file: "core/request/prepare-create.ts",
    text: "sequentialPath(op.path, parent.node.cversion)",
    becomes: "sequentialPath(op.path, parent.node.cversion + 1)",
  },
  {
    name: "an ephemeral may have children",
    file: "core/request/prepare-create.ts",
    text: 'if (ownerKind(parent.node.ephemeralOwner) === "ephemeral") {',
    becomes: 'if (ownerKind(parent.node.ephemeralOwner) === "ttl") {',
  },
  {
    name: "ephemerals outlive their session",
    file: "core/tree/apply.ts",
    text: "return closeSession(tree, header, body.paths);",
    becomes: "return NOTHING_DONE;",
  },
  {
    name: "a failure is answered as success",
    file: "core/request/final.ts",
    text: "sendReply(server, conn, cxid, errorFor(server, request, result.err), null, out);",
    becomes: "sendReply(server, conn, cxid, ErrorCode.ok, null, out);",
  },
  {
    name: "a set counts two versions",
    file: "core/request/prepare-set-data.ts",
    text: "const version = (change.node.version + 1) | 0;",
    becomes: "const version = (change.node.version + 2) | 0;",
  },
];
