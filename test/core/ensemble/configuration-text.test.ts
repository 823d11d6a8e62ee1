import { describe, expect, test } from "vitest";
import { createConfiguration, readConfiguration } from "../../../core/ensemble/configuration.ts";
import { parseConfiguration } from "../../../core/ensemble/configuration-text.ts";
import { parseMember } from "../../../core/ensemble/member-text.ts";
import { isQuorum } from "../../../core/election/quorum.ts";
import { z } from "../../support/effect-text.ts";

// Spec election-and-zab 3.2, client-protocol 12.2.

/** As a 3.8.0 ensemble sent them: captures/quorum reconfig-add-promote and hierarchical-weights. */
const CAPTURED = [
  "server.1=10.99.0.1:22101:22201:participant;10.99.0.1:22001\n" +
    "server.2=10.99.0.2:22102:22202:participant;10.99.0.2:22002\n" +
    "server.3=10.99.0.3:22103:22203:participant;10.99.0.3:22003\n" +
    "version=100000000",
  "server.1=10.99.0.1:22101:22201:participant\n" +
    "server.2=10.99.0.2:22102:22202:participant\n" +
    "server.3=10.99.0.3:22103:22203:participant\n" +
    "group.1=1:2:3\nweight.1=1\nweight.2=1\nweight.3=0\nversion=0",
];

test.for(CAPTURED)("a text of a real server comes back as it was: %s", (text) => {
  expect(readConfiguration(text)?.text).toBe(text);
});

test("members are printed in order of sid, observers among them", () => {
  const member = { quorumAddress: "h:1", electionAddress: "h:2", clientAddress: "" } as const;
  const members = [
    { sid: 10, role: "observer", ...member },
    { sid: 9, role: "participant", ...member },
  ] as const;

  const { text } = createConfiguration(members, { kind: "majority", voters: [9] }, z(1, 2));

  expect(text).toBe("server.9=h:1:2:participant\nserver.10=h:1:2:observer\nversion=100000002");
});

describe("a server's line", () => {
  test.for([
    ["h:1:2", "h:1", "h:2", "participant", ""],
    ["h:1:2:OBSERVER", "h:1", "h:2", "observer", ""],
    ["h:1:2;2181", "h:1", "h:2", "participant", "0.0.0.0:2181"],
    ["h:1:2:participant;c:2181", "h:1", "h:2", "participant", "c:2181"],
    ["[::1]:1:2:participant;[::1]:3", "[::1]:1", "[::1]:2", "participant", "[::1]:3"],
    ["b:1:2|a:3:4:observer", "b:1|a:3", "b:2|a:4", "observer", ""],
  ] as const)("%s is understood", ([text, quorumAddress, electionAddress, role, clientAddress]) => {
    expect(parseMember(7, text)).toEqual({
      sid: 7,
      role,
      quorumAddress,
      electionAddress,
      clientAddress,
    });
  });

  test.for([
    "h:1",
    "h:1:2:participant:3",
    "h:1:2:leader",
    "h:1:1",
    "h:x:2",
    "h:1:2;c:1:2",
    "h:1:2;c:1;d:2",
    "h:1:2:observer|i:1:2:participant",
    "[::1:1:2",
    "h:1:2;70000",
  ])("%s is refused", (text) => {
    expect(parseMember(7, text)).toMatchObject({ kind: "problem", notANumber: false });
  });

  test("several addresses are printed in order of host, the role once", () => {
    const text = "server.1=b:1:2|a:3:4:participant\nversion=0";
    expect(readConfiguration(text)?.text).toBe("server.1=a:3:4|b:1:2:participant\nversion=0");
  });
});

describe("a configuration", () => {
  test("without groups decides by majorities of its participants", () => {
    const parsed = parseConfiguration("server.1=a:1:2\nserver.2=b:1:2:observer\nserver.3=c:1:2");
    expect(parsed).toMatchObject({
      quorum: { kind: "majority", voters: [1, 3] },
      version: 0n,
    });
  });

  test("with groups gives a voter the weight 1 unless it says otherwise", () => {
    const configuration = readConfiguration(
      "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\ngroup.1=1:2:3\nweight.3=0",
    );
    const quorum = configuration?.quorum;
    if (quorum === undefined) throw new Error("not understood");
    expect(isQuorum(quorum, [1, 3])).toBe(false);
    expect(isQuorum(quorum, [1, 2])).toBe(true);
    expect(configuration?.text).toContain("weight.1=1\nweight.2=1\nweight.3=0");
  });

  test.for([
    ["a voter outside all groups", "server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1", false],
    ["a server in two groups", "server.1=a:1:2\ngroup.1=1\ngroup.2=1", false],
    ["a server without a number", "server.x=a:1:2", true],
    ["a version that is none", "server.1=a:1:2\nversion=zz", true],
    ["a setting of another kind", "server.1=a:1:2\ntickTime=3", false],
  ] as const)("is refused for %s", ([, text, notANumber]) => {
    expect(parseConfiguration(text)).toMatchObject({ kind: "problem", notANumber });
  });

  test("that cannot be read is none", () => {
    expect(readConfiguration("")).toBeNull();
    expect(readConfiguration("version=zz")).toBeNull();
  });
});
