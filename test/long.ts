// The order in which test files begin: what takes long comes first, so that no processor is idle at the end.

/** Files that take seven seconds or more beside others, the longest first; the others take a second or two each. */
export const long: readonly string[] = `
  e2e/helm-unusual e2e/change-fleet commands/collect shell/examples e2e/egress e2e/helm-gate e2e/helm-hostile-3
  e2e/cluster-forbids e2e/manifests e2e/helm-hostile-4 collector/store/postgres/few-locks build/sea
  collector/dashboard e2e/postgres-faults e2e/fleet cluster/connection/conformance/conformance e2e/helm-interrupted-4
  operations/status commands/enable e2e/helm-interrupted-3 e2e/hostile-answers operations/core2-switch e2e/send-crash
  e2e/collector-shares e2e/core2-hostile collector/store/postgres/index-suite-15 e2e/both-cores-fleet
  collector/store/postgres/index-suite-18 e2e/helm-failures e2e/postgres-trouble e2e/contributing e2e/collector-relay
  e2e/there-and-back build/release collector/store/sqlite/index e2e/consent-cluster e2e/send-faults
  collector/store/postgres/index-engine e2e/core2-fleet e2e/core2-killed cluster/nodes e2e/secrets
  e2e/collector-restore e2e/postgres-killed e2e/postgres-move e2e/fleet-rights e2e/helm-endless e2e/collector-faults
  build/krew collector/store/postgres/put e2e/check e2e/helm-wrappers operations/status-core2 e2e/collector-hostile
  e2e/collector-names e2e/consent-follows e2e/collector-move rig/apiserver collector/sink/clickhouse build/chart
  cluster/connection/kubeconfig-fuzz e2e/postgres-down e2e/collector-bigquery e2e/fleet-nos
  cluster/connection/kubeconfig e2e/send-killed e2e/chart e2e/cluster-flags cluster/connection/connect
  e2e/plugin-hangs e2e/collector-sinks commands/send e2e/collector-hodometer e2e/demo-postgres
`
  .trim()
  .split(/\s+/)
  .map((name) => `test/${name}.test.ts`);
