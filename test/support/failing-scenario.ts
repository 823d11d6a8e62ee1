/** A scenario in which ZOOKEEPER-1154 shows, with much in it that has no part in that. */
export const FAILING_SCENARIO = `
name: deposed-leader
title: A deposed leader comes back with what nobody else has
seed: "7"
ensemble: { servers: 3, observers: 1, tickMs: 50, initLimit: 8 }
network: lan
disk: instant
until: 6s
clients:
  - { name: app, sessionTimeout: 250ms }
  - name: reader
    sessionTimeout: 5s
    do: [{ at: 800ms, do: get, path: /a }, { at: 1200ms, do: get, path: /b }, { at: 2s, do: sync, path: / }]
steps:
  - { at: 400ms, do: slow, from: 4, to: 1, by: 20ms }
  - { at: 700ms, do: reset, from: 4 }
  - { at: 1s, do: isolate, server: leader }
  - { at: 1500ms, do: heal }
  - { at: 4s, do: crash, server: 1 }
`;
export const FAILING_DEFECT = "ZOOKEEPER-1154";
