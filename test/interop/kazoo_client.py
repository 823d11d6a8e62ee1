"""Clients of kazoo for the tests beside this file: kazoo_client.py SCRIPT HOSTS [ARGUMENT ...]

Everything that a script sees is printed as one line, so that two servers can be compared by what is printed.
"""

import queue
import sys
import threading

from kazoo.client import KazooClient, KazooRetry
from kazoo.exceptions import KazooException
from kazoo.recipe.barrier import DoubleBarrier
from kazoo.security import ACL, Id, make_acl

PATIENCE_S = 60


# Watches fire on a thread of their own: a line is said whole.
SAYING = threading.Lock()


def say(*words):
    line = " ".join(str(word) for word in words) + "\n"
    with SAYING:
        sys.stdout.write(line)
        sys.stdout.flush()


def connected(hosts, **options):
    client = KazooClient(hosts=hosts, **options)
    client.start(timeout=PATIENCE_S)
    return client


def attempt(name, call, *args, **named):
    """Prints what a call returns, or the name of its exception."""
    try:
        say(name, shown(call(*args, **named)))
    except KazooException as problem:
        say(name, type(problem).__name__)


def shown(value):
    """A Stat without its times, which vary; lists of children in order."""
    if isinstance(value, tuple) and hasattr(value, "_fields") and "mtime" in value._fields:
        fields = dict(zip(value._fields, value))
        owner = "owned" if fields.pop("ephemeralOwner") else "not owned"
        return [v for k, v in fields.items() if k not in ("ctime", "mtime")] + [owner]
    if isinstance(value, tuple):
        return [shown(each) for each in value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(value)
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, KazooException):
        return type(value).__name__
    return value


def session(hosts):
    """Znodes of every kind, versions, access control, watches, transactions."""
    one = connected(hosts)
    two = connected(hosts)
    attempt("root", one.get_children, "/")
    everything = [ACL(0x1F, Id("world", "anyone"))]
    for flags in range(4):
        kind = {"ephemeral": bool(flags & 1), "sequence": bool(flags & 2)}
        attempt("create %d" % flags, one.create, "/kind-%d-" % flags, b"x", everything, **kind)
    attempt("again", one.create, "/kind-0-")
    attempt("below an ephemeral", one.create, "/kind-1-/child")
    attempt("no parent", one.create, "/nobody/child")
    attempt("seen by others", two.get_children, "/")
    attempt("get", two.get, "/kind-1-")

    attempt("set", one.set, "/kind-0-", b"y", version=0)
    attempt("set an old version", one.set, "/kind-0-", b"z", version=0)
    attempt("ensure", one.ensure_path, "/a/b/c")
    attempt("not empty", one.delete, "/a/b")
    attempt("recursively", one.delete, "/a", recursive=True)
    attempt("gone", one.get, "/a")

    attempt("read only", one.create, "/read", b"", [make_acl("world", "anyone", read=True)])
    attempt("may not write", two.set, "/read", b"y")
    attempt("may read", two.get, "/read")
    one.add_auth("digest", "ann:secret")
    attempt("mine", one.create, "/mine", b"", [make_acl("auth", "", all=True)])
    attempt("not theirs", two.get, "/mine")
    two.add_auth("digest", "ann:secret")
    attempt("theirs", two.get, "/mine")
    attempt("acls", two.get_acls, "/mine")

    events = queue.Queue()
    seen = events.put

    def awaits(what, *call):
        attempt(what, *call)
        event = events.get(timeout=PATIENCE_S)
        say("event", event.type, event.state, event.path)

    attempt("watch", two.exists, "/watched", watch=seen)
    awaits("created", one.create, "/watched", b"1")
    attempt("watch", two.get, "/watched", watch=seen)
    awaits("changed", one.set, "/watched", b"2")
    attempt("watch", two.get_children, "/watched", watch=seen)
    awaits("child", one.create, "/watched/child")
    attempt("child goes", one.delete, "/watched/child")
    attempt("watch", two.get, "/watched", watch=seen)
    awaits("deleted", one.delete, "/watched")

    both = one.transaction()
    both.create("/t", b"1")
    both.set_data("/t", b"2")
    both.check("/t", 1)
    attempt("transaction", both.commit)
    none = one.transaction()
    none.create("/u")
    none.check("/t", 7)
    none.delete("/t")
    attempt("transaction that fails", none.commit)
    attempt("nothing of it", one.exists, "/u")
    attempt("sync", two.sync, "/t")
    one.stop()
    attempt("ephemerals are gone", two.get_children, "/")
    two.stop()


def recipes(hosts):
    """Queue, lock, double barrier and counter between two clients."""
    one = connected(hosts)
    two = connected(hosts)
    line = one.Queue("/queue")
    for value in (b"first", b"second"):
        line.put(value)
    say("queue", two.Queue("/queue").get(), two.Queue("/queue").get())

    mine, theirs = one.Lock("/lock", "one"), two.Lock("/lock", "two")
    say("lock", mine.acquire(), theirs.acquire(blocking=False))
    waiting = threading.Thread(target=lambda: say("lock passes", theirs.acquire()))
    waiting.start()
    mine.release()
    waiting.join(PATIENCE_S)
    theirs.release()

    inside = []

    def enters(client):
        barrier = DoubleBarrier(client, "/double", 2)
        barrier.enter()
        inside.append(client)
        barrier.leave()

    threads = [threading.Thread(target=enters, args=(each,)) for each in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    say("double barrier", len(inside))

    for client in (one, two, one):
        counter = client.Counter("/counter")
        counter += 2
    say("counter", two.Counter("/counter").value)
    one.stop()
    two.stop()


def children(hosts, path):
    """The children of a path after every change, until there are none for the second time."""
    client = connected(hosts)
    client.ensure_path(path)
    done = threading.Event()
    empty = []

    @client.ChildrenWatch(path)
    def changed(names):
        say(sorted(names))
        if not names:
            empty.append(names)
        if len(empty) == 2:
            done.set()

    done.wait(PATIENCE_S)
    client.stop()


def election(hosts, path, name):
    """Leads when elected, until interrupted."""
    client = connected(hosts, timeout=4)

    def lead():
        say(name, "leads")
        threading.Event().wait()

    say(name, "runs")
    client.Election(path, name).run(lead)


def wander(hosts):
    """Keeps one session while servers come and go; does what it is told by lines of its input."""
    patient = KazooRetry(max_tries=-1, max_delay=0.5)
    client = connected(hosts, timeout=30, connection_retry=patient, command_retry=patient)
    client.add_listener(lambda state: say("state", state))
    client.create("/wanderer", b"", ephemeral=True)
    client.ensure_path("/watched")

    def seen(event):
        say("event", event.type, event.path)

    client.get("/watched", watch=seen)
    say("session %x" % client.client_id[0])
    for line in sys.stdin:
        word, *args = line.split()
        if word == "set":
            client.retry(client.set, args[0], args[1].encode())
            say("set", args[0])
        elif word == "get":
            say("data", client.retry(client.get, args[0])[0].decode())
        elif word == "session":
            say("session %x" % client.client_id[0])
        elif word == "owner":
            owner = client.retry(client.exists, "/wanderer").ephemeralOwner
            say("owner", "mine" if owner == client.client_id[0] else "another's")
    client.stop()


if __name__ == "__main__":
    {each.__name__: each for each in (session, recipes, children, election, wander)}[sys.argv[1]](*sys.argv[2:])
