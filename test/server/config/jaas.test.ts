import { expect, test } from "vitest";
import { readSaslUsers } from "../../../server/config/jaas.ts";

const FILE = `/* users
   of the server */
Other { x.Y optional; };
Server { // the section
  org.apache.zookeeper.server.auth.DigestLoginModule required
  debug=true
  user_super="a\\"b"
  user_bob="p;w = {x}" ;
};
`;

test("the users of a section are its options user_name", () => {
  expect(readSaslUsers(FILE, "jaas.conf", "Server")).toEqual(
    new Map([
      ["super", 'a"b'],
      ["bob", "p;w = {x}"],
    ]),
  );
});

test("a section without users has none, a missing section is no SASL at all", () => {
  expect(readSaslUsers(FILE, "jaas.conf", "Other")).toEqual(new Map());
  expect(readSaslUsers(FILE, "jaas.conf", "Client")).toBeNull();
});

const BAD: readonly [text: string, message: string][] = [
  ["Server {\n a.B required\n user_x=pw\n};", 'jaas.conf:4: expected an option, found "}"'],
  [
    "Server {\n a.B needed;\n};",
    'jaas.conf:2: expected required, requisite, sufficient or optional, found "needed"',
  ],
  ["Server {\n a.B required;\n}", 'jaas.conf:3: expected ";", found the end of the file'],
  ['Server {\n a.B required user_x="pw;\n};', 'jaas.conf:2: expected a closing "'],
];

test.for(BAD)("%s is refused", ([text, message]) => {
  expect(() => readSaslUsers(text, "jaas.conf", "Server")).toThrow(message);
});
