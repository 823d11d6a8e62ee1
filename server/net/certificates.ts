import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type TlsOptions } from "node:tls";
import type { TlsSettings } from "../config/settings.ts";

/** A store of keys or certificates that cannot be used, as the person who configured it wants to hear it. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

type Store = { readonly path: string; readonly bytes: Buffer; readonly passphrase: string };

/** The first bytes of a Java key store, which nobody but Java reads. */
const JKS_MAGIC = 0xfeedfeed;
const PEM = "-----BEGIN ";
const PKCS12_ENDINGS = [".p12", ".pfx", ".pkcs12"];

/**
 * What a TLS server needs of `zookeeper.ssl.*`: key stores in PEM (key and certificates in one file) or PKCS12, trust
 * stores in PEM. Without a trust store no client can be known by its certificate.
 *
 * @throws StoreError for what cannot be read, or is a Java key store
 */
export function tlsOptions(tls: TlsSettings): TlsOptions {
  const { clientAuth } = tls;
  const keys = keyStore(tls);
  const options: TlsOptions = {
    ...keys,
    ...trustStore(tls),
    requestCert: clientAuth !== "none",
    rejectUnauthorized: clientAuth !== "none",
    minVersion: "TLSv1.2",
  };
  checked(tls.keyStore ?? "", options);
  return options;
}

function keyStore({ keyStore: path, keyStorePassword: password }: TlsSettings): TlsOptions {
  if (path === null) {
    throw new StoreError("zookeeper.ssl.keyStore.location is needed for a secureClientPort");
  }
  const { bytes, passphrase } = read(path, password);
  if (isPem(bytes)) return { key: bytes, cert: bytes, passphrase };
  if (isPkcs12(path)) return { pfx: bytes, passphrase };
  throw new StoreError(`${path} is neither PEM nor PKCS12 (.p12, .pfx)`);
}

function trustStore({ trustStore: path, trustStorePassword: password }: TlsSettings): TlsOptions {
  // Nobody is trusted where nobody is named: the authorities of the system vouch for the whole world.
  if (path === null) return { ca: [] };
  const { bytes } = read(path, password);
  if (isPem(bytes)) return { ca: certificatesIn(bytes) };
  throw new StoreError(`${path} is not PEM, which a trust store has to be here`);
}

function read(path: string, password: string | null): Store {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new StoreError((error as Error).message);
  }
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC) {
    throw new StoreError(
      `${path} is a Java key store (JKS), which only Java reads: convert it to PKCS12 with keytool -importkeystore, or to PEM`,
    );
  }
  return { path, bytes, passphrase: password ?? "" };
}

/** A file that is read and makes no sense is found out now, not when the first client comes. */
function checked(path: string, options: TlsOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw new StoreError(`${path}: ${(error as Error).message}`);
  }
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes(PEM);
}

function isPkcs12(path: string): boolean {
  return PKCS12_ENDINGS.some((ending) => path.toLowerCase().endsWith(ending));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesIn(bytes: Buffer): string[] {
  return bytes.toString("latin1").match(CERTIFICATE) ?? [];
}
