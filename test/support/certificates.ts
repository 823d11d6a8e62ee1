import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of one who has a key: PEM with key and certificate, and the same as PKCS12 with the password `secret`. */
export type Identified = { readonly pem: string; readonly p12: string };

/** Makes certificates with openssl: an authority, and those it vouches for. */
export type Authority = {
  /** Its certificate, as a trust store. */
  readonly trustStore: string;
  readonly vouchFor: (name: string, subject: string) => Identified;
};

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function createAuthority(dir: string, name: string = "ca"): Authority {
  const [key, trustStore] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
  openssl(["req", "-x509", ...KEY, "-keyout", key, "-out", trustStore, "-subj", `/CN=${name}`]);
  const vouchFor = (who: string, subject: string): Identified => {
    const file = (ending: string): string => join(dir, `${name}-${who}.${ending}`);
    openssl(["req", ...KEY, "-keyout", file("key"), "-out", file("csr"), "-subj", subject]);
    const signing = ["-CA", trustStore, "-CAkey", key, "-CAcreateserial", "-days", "30"];
    openssl(["x509", "-req", "-in", file("csr"), ...signing, "-out", file("crt")]);
    writeFileSync(
      file("pem"),
      [file("key"), file("crt")].map((part) => readFileSync(part, "utf8")).join(""),
    );
    const packed = ["-in", file("pem"), "-out", file("p12"), "-passout", "pass:secret"];
    openssl(["pkcs12", "-export", ...packed]);
    return { pem: file("pem"), p12: file("p12") };
  };
  return { trustStore, vouchFor };
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "ignore" });
}
