/** As much of node-zookeeper-client 1.1.3 as the tests use; it comes without types. */
declare module "node-zookeeper-client" {
  /** `name` is the protocol's own, as NO_NODE. */
  type Failure = { readonly name: string } | null;
  type Answer<Value> = (failure: Failure, value: Value) => void;

  /** `type` 1 created, 2 deleted, 3 changed, 4 child. */
  export type Event = { readonly type: number; readonly path: string };

  export type Stat = { readonly version: number; readonly numChildren: number };

  export type Client = {
    once: (event: "connected", listener: () => void) => void;
    connect: () => void;
    close: () => void;
    getSessionId: () => Buffer;
    addAuthInfo: (scheme: string, auth: Buffer) => void;
    create: (
      path: string,
      data: Buffer,
      acls: readonly object[],
      mode: number,
      answer: Answer<string>,
    ) => void;
    setData: (path: string, data: Buffer, version: number, answer: Answer<Stat>) => void;
    getData: (path: string, watcher: (event: Event) => void, answer: Answer<Buffer>) => void;
    exists: (path: string, watcher: (event: Event) => void, answer: Answer<Stat | null>) => void;
    getChildren: (
      path: string,
      watcher: (event: Event) => void,
      answer: Answer<readonly string[]>,
    ) => void;
    remove: (path: string, version: number, answer: Answer<void>) => void;
    transaction: () => Transaction;
  };

  export type Transaction = {
    create: (path: string, data: Buffer) => Transaction;
    check: (path: string, version: number) => Transaction;
    remove: (path: string, version: number) => Transaction;
    commit: (answer: Answer<unknown>) => void;
  };

  export const ACL: {
    readonly OPEN_ACL_UNSAFE: readonly object[];
    readonly CREATOR_ALL_ACL: readonly object[];
  };

  export const CreateMode: {
    readonly PERSISTENT: number;
    readonly EPHEMERAL: number;
    readonly PERSISTENT_SEQUENTIAL: number;
    readonly EPHEMERAL_SEQUENTIAL: number;
  };

  export function createClient(
    hosts: string,
    options?: { readonly sessionTimeout?: number; readonly retries?: number },
  ): Client;
}
