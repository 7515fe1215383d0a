// The order in which test files begin: what takes long comes first, so that no processor is idle at the end.

/** Files that take nine seconds or more beside others, the longest first; the others take a second or two each. */
export const long: readonly string[] = `
  e2e/core2-hostile e2e/helm-unusual e2e/helm-gate e2e/helm-hostile-4 e2e/helm-hostile-3
  shell/examples e2e/egress operations/core2-switch collector/store/postgres/index-suite-18 e2e/postgres-trouble
  e2e/collector-shares e2e/collector-restore collector/store/postgres/index-suite-15 e2e/hostile-answers
  e2e/helm-failures collector/sink/pass-on e2e/manifests collector/store/postgres/few-locks e2e/helm-interrupted-4 e2e/there-and-back
  e2e/helm-interrupted-3 e2e/cluster-forbids e2e/postgres-faults e2e/core2-killed e2e/core2-fleet build/sea commands/enable
  commands/collect e2e/both-cores-fleet e2e/fleet e2e/change-fleet operations/status collector/dashboard
  cluster/connection/conformance/conformance e2e/send-faults e2e/helm-endless collector/store/postgres/index-engine
  e2e/collector-faults e2e/postgres-down cluster/nodes build/release e2e/collector-relay e2e/postgres-killed
  e2e/fleet-nos e2e/plugin-hangs e2e/consent-follows e2e/consent-cluster e2e/collector-bigquery e2e/postgres-move
  collector/store/postgres/forget e2e/send-crash e2e/secrets e2e/contributing
  collector/store/postgres/put operations/status-core2 e2e/fleet-rights collector/sink/clickhouse e2e/send-killed
  e2e/collector-sinks e2e/collector-names e2e/collector-hodometer e2e/cluster-flags collector/tls-pair build/chart
  e2e/check e2e/chart collector/store/sqlite/index cluster/connection/connect rig/apiserver
  e2e/postgres-failover-clickhouse e2e/helm-wrappers e2e/collector-hostile e2e/collector-clock
  collector/store/sqlite/walk collector/store/postgres/clock cluster/connection/kubeconfig build/krew host/places
  e2e/postgres-sinks operations/send operations/hodometer e2e/demo-postgres e2e/collector-track-hostile
  e2e/collector-move commands/send cluster/connection/kubeconfig-fuzz cluster/connection/exec-plugin
`
  .trim()
  .split(/\s+/)
  .map((name) => `test/${name}.test.ts`);
