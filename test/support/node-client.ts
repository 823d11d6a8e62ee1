import { createClient, type Client, type Event } from "node-zookeeper-client";

/** A client of node-zookeeper-client that has its session. It tries again where a connection breaks. */
export function nodeClient(hosts: string): Promise<Client> {
  const client = createClient(hosts, { sessionTimeout: 30_000, retries: 20 });
  return new Promise((resolve) => {
    client.once("connected", () => {
      resolve(client);
    });
    client.connect();
  });
}

/** What a call comes to: its value, or the name of the error. */
export function answered<Value>(
  call: (answer: (failure: { readonly name: string } | null, value: Value) => void) => void,
): Promise<Value | string> {
  return new Promise((resolve) => {
    call((failure, value) => {
      resolve(failure === null || failure === undefined ? value : failure.name);
    });
  });
}

/** A watcher, and the events that it is told, one after the other. */
export function watching(): {
  readonly watcher: (event: Event) => void;
  readonly next: () => Promise<readonly [type: number, path: string]>;
} {
  const told: Event[] = [];
  let wake = (): void => {};
  return {
    watcher: (event) => {
      told.push(event);
      wake();
    },
    next: async () => {
      while (told.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const { type, path } = told.shift() as Event;
      return [type, path];
    },
  };
}
