import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { rmSync } from "node:fs";
import { subjectOf } from "../../../server/net/distinguished-name.ts";

const dir = mkdtempSync(join(tmpdir(), "zootrope-dn-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What Java 17 makes of the same certificates: X500Principal.getName(). */
test.each([
  ["/CN=zk", "CN=zk"],
  ["/C=DE/O=Acme/OU=Ops/CN=client", "CN=client,OU=Ops,O=Acme,C=DE"],
  [
    String.raw`/C=DE/O=Acme, Inc. \+ "Sons"/OU=one/OU=zwö#<x>;=/CN= lead sp/emailAddress=a@b.c/DC=x+UID=y/street=Main`,
    String.raw`STREET=Main,UID=y+DC=x,1.2.840.113549.1.9.1=#16056140622e63,CN=\ lead sp,OU=zwö\#\<x\>\;\=,OU=one,O=Acme\, Inc. \+ \"Sons\",C=DE`,
  ],
])("the subject %s is %s", (subject, name) => {
  const key = join(dir, "key.pem");
  const file = join(dir, "cert.pem");
  const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-utf8"];
  const files = ["-keyout", key, "-out", file];
  execFileSync("openssl", ["req", "-x509", ...options, ...files, "-subj", subject], {
    stdio: "ignore",
  });

  expect(subjectOf(new X509Certificate(readFileSync(file)).raw)).toBe(name);
});

test("what is no certificate has no subject", () => {
  expect(() => subjectOf(new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
  expect(() => subjectOf(new Uint8Array(0))).toThrow(RangeError);
});
