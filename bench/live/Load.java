import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * The load of the live benchmark, on the stock Java client's asynchronous API: each client keeps so many requests
 * in flight for so long. Prints one line of JSON for each kind: operations a second, and percentiles in microseconds.
 *
 * Arguments: host:port,… of each client separated by "/", clients, in flight, bytes, warm-up s, measured s, kinds.
 */
public final class Load {
  private static final int NODES = 64;

  public static void main(String[] args) throws Exception {
    String[] hosts = args[0].split("/");
    int clients = Integer.parseInt(args[1]);
    int inFlight = Integer.parseInt(args[2]);
    byte[] data = new byte[Integer.parseInt(args[3])];
    double warmUpSeconds = Double.parseDouble(args[4]);
    double seconds = Double.parseDouble(args[5]);
    ZooKeeper[] sessions = new ZooKeeper[clients];
    for (int i = 0; i < clients; i++) sessions[i] = open(hosts[i % hosts.length]);
    prepare(sessions[0], data);
    for (ZooKeeper session : sessions) {
      CountDownLatch synced = new CountDownLatch(1);
      session.sync("/", (rc, path, context) -> synced.countDown(), null);
      synced.await();
    }
    for (String kind : args[6].split(",")) {
      new Round(sessions, inFlight, data, kind).run(warmUpSeconds);
      new Round(sessions, inFlight, data, kind).report(seconds);
    }
    for (ZooKeeper session : sessions) session.close();
    System.exit(0);
  }

  private static ZooKeeper open(String host) throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper session =
        new ZooKeeper(
            host,
            30_000,
            event -> {
              if (event.getState() == KeeperState.SyncConnected) connected.countDown();
            });
    if (!connected.await(30, TimeUnit.SECONDS)) throw new IllegalStateException("no connection to " + host);
    return session;
  }

  private static void prepare(ZooKeeper session, byte[] data) throws Exception {
    for (int i = -1; i < NODES; i++) {
      String path = i < 0 ? "/load" : "/load/" + i;
      try {
        session.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      } catch (KeeperException.NodeExistsException exists) {
        // left by an earlier run
      }
    }
  }

  /** One measured stretch of one kind of load. */
  private static final class Round {
    private final ZooKeeper[] sessions;
    private final int inFlight;
    private final byte[] data;
    private final String kind;
    private final AtomicLong done = new AtomicLong();
    private final AtomicInteger failed = new AtomicInteger();
    private final long[] latenciesNs = new long[1 << 22];
    private final AtomicInteger sampled = new AtomicInteger();
    private volatile boolean over;

    Round(ZooKeeper[] sessions, int inFlight, byte[] data, String kind) {
      this.sessions = sessions;
      this.inFlight = inFlight;
      this.data = data;
      this.kind = kind;
    }

    double run(double seconds) throws Exception {
      Semaphore idle = new Semaphore(0);
      long startNs = System.nanoTime();
      for (int c = 0; c < sessions.length; c++) {
        for (int k = 0; k < inFlight; k++) step(sessions[c], c * inFlight + k, idle);
      }
      Thread.sleep((long) (seconds * 1000));
      over = true;
      double tookSeconds = (System.nanoTime() - startNs) / 1e9;
      idle.acquire(sessions.length * inFlight);
      return tookSeconds;
    }

    void report(double seconds) throws Exception {
      double tookSeconds = run(seconds);
      int count = Math.min(sampled.get(), latenciesNs.length);
      long[] sorted = Arrays.copyOf(latenciesNs, count);
      Arrays.sort(sorted);
      System.out.printf(
          "{\"kind\":\"%s\",\"perSecond\":%.0f,\"p50Us\":%d,\"p99Us\":%d,\"failed\":%d}%n",
          kind,
          done.get() / tookSeconds,
          sorted[count / 2] / 1000,
          sorted[(int) (count * 0.99)] / 1000,
          failed.get());
    }

    private void step(ZooKeeper session, int number, Semaphore idle) {
      if (over) {
        idle.release();
        return;
      }
      String path = "/load/" + number % NODES;
      long askedNs = System.nanoTime();
      boolean write = kind.equals("write") || (kind.equals("mixed") && number % 10 < 3);
      if (write) {
        session.setData(
            path, data, -1, (rc, p, context, stat) -> answered(session, number + 64, idle, askedNs, rc), null);
      } else {
        session.getData(
            path, false, (rc, p, context, read, stat) -> answered(session, number + 64, idle, askedNs, rc), null);
      }
    }

    private void answered(ZooKeeper session, int number, Semaphore idle, long askedNs, int rc) {
      if (rc != 0) failed.incrementAndGet();
      if (!over) {
        done.incrementAndGet();
        int at = sampled.getAndIncrement();
        if (at < latenciesNs.length) latenciesNs[at] = System.nanoTime() - askedNs;
      }
      step(session, number + 7, idle);
    }
  }
}
