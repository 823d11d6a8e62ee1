import { afterEach, expect, test } from "vitest";
import { DEFAULT_HTTP, startAdminServer, type AdminServer } from "../../../server/admin/http.ts";
import { boot, configOf } from "../../support/machine.ts";
import { following, leading } from "../../support/roles.ts";
import { servedView, viewOf, type TestView } from "../../support/server-view.ts";

// Spec client-protocol 11.3.

let server: AdminServer | null = null;

afterEach(async () => {
  await server?.close();
  server = null;
});

test("the list names every command once, in order", async () => {
  const answer = await get(servedView(), "");
  const names = [
    ...(await answer.text()).matchAll(/<a href="\/commands\/(\w+)">\1<\/a>\n<br\/>\n/g),
  ];

  expect(names).toHaveLength(26);
  expect(names[0]?.[1]).toBe("configuration");
  expect(names.at(-1)?.[1]).toBe("zabstate");
});

test("an answer is laid out as Jackson does, the command's own keys first", async () => {
  const answer = await get(servedView(), "/conf");

  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.text()).toBe(
    [
      "{",
      '  "client_port" : 2181,',
      '  "data_dir" : "/srv/zk/data/version-2",',
      '  "data_log_dir" : "/srv/zk/log/version-2",',
      '  "tick_time" : 2000,',
      '  "max_client_cnxns" : 60,',
      '  "min_session_timeout" : 400,',
      '  "max_session_timeout" : 4000,',
      '  "server_id" : 0,',
      '  "client_port_listen_backlog" : -1,',
      '  "command" : "configuration",',
      '  "error" : null',
      "}",
    ].join("\n"),
  );
});

test("session ids keep all their digits, and lists stand on one line", async () => {
  const view = servedView();
  const [session = 0n] = view.server.clients.bySession.keys();

  expect(await text(view, "/wchp")).toContain(`    "/a" : [ ${session} ]\n`);
  expect(await text(view, "/dump")).toContain(`    "${session}" : [ "/a/e" ]\n`);
  expect(await text(view, "/connections")).toContain(
    `  "connections" : [ {\n    "remote_socket_address" : "127.0.0.1:44380",\n    "interest_ops" : 1,`,
  );
  expect(await text(view, "/hash")).toContain('"digests" : [ ]');
});

test("errors are answers, too", async () => {
  expect(await text(servedView(), "/RUOK")).toBe(
    '{\n  "command" : "RUOK",\n  "error" : "Unknown command: RUOK"\n}',
  );
  expect(await text(servedView(), "/leader")).toBe(
    '{\n  "error" : "server is not initialized",\n  "command" : "leader"\n}',
  );
  expect(await text(viewOf(boot(configOf(1))), "/ruok")).toBe(
    '{\n  "command" : "ruok",\n  "error" : "This ZooKeeper instance is not currently serving requests"\n}',
  );
});

test("members say who leads and where they are", async () => {
  const follower = viewOf(following());
  expect(await json(follower, "/lead")).toMatchObject({ is_leader: false, leader_id: 3 });
  expect(await json(follower, "/zabstate")).toMatchObject({
    myid: 1,
    voting: true,
    last_zxid: "0x100000005",
    zab_epoch: 1,
    zab_counter: 5,
    zabstate: "broadcast",
  });

  const leader = viewOf(leading().machine);
  expect(await json(leader, "/lead")).toMatchObject({ is_leader: true, leader_id: 3 });
  expect(await json(leader, "/voting_view")).toMatchObject({
    current_config: { "2": { server_addresses: ["s2:2888"], learner_type: "participant" } },
  });
  expect(await json(leader, "/srvr")).toMatchObject({ proposal_stats: { last_buffer_size: -1 } });
});

test("the trace mask is set by a query", async () => {
  const view = servedView();

  expect(await json(view, "/stmk?traceMask=12")).toMatchObject({ tracemask: 12 });
  expect(await json(view, "/gtmk")).toMatchObject({ tracemask: 12 });
  expect(await json(view, "/stmk?traceMask=x")).toMatchObject({
    error: "setTraceMask requires long traceMask argument, got x",
  });
});

test("only GET, and only below the base", async () => {
  const view = servedView();

  expect((await get(view, "/ruok", { method: "POST", body: "x" })).status).toBe(405);
  expect((await get(view, "/ruok", { method: "DELETE" })).status).toBe(405);
  expect((await get(view, "/ruok", { method: "HEAD" })).status).toBe(200);
  expect((await get(view, "x")).status).toBe(404);
  expect((await get(view, "/%zz")).status).toBe(404);
});

test("every command answers with JSON", async () => {
  const view = servedView();
  const list = await text(view, "");
  for (const [, name = ""] of list.matchAll(/>(\w+)</g)) {
    const answer = await json(view, `/${name}`);
    expect(answer["command"]).toBe(name);
  }
});

test("a taken port is the caller's to deal with", async () => {
  await get(servedView(), "/ruok");
  const port = server?.port ?? 0;

  await expect(startAdminServer(servedView(), settings(port))).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

function settings(port: number): Parameters<typeof startAdminServer>[1] {
  return { ...DEFAULT_HTTP, address: "127.0.0.1", port };
}

async function get(view: TestView, path: string, init: RequestInit = {}): Promise<Response> {
  await server?.close();
  server = await startAdminServer(view, settings(0));
  return fetch(`http://127.0.0.1:${server.port}/commands${path}`, init);
}

async function text(view: TestView, path: string): Promise<string> {
  return (await get(view, path)).text();
}

async function json(view: TestView, path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await text(view, path)) as Record<string, unknown>;
}
