/** A DNS subdomain, as Kubernetes has the names of namespaces, workloads, Secrets and custom resources. */
const form = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Whether an object can have this name: it is a part of paths and of commands that are shown. */
export function isObjectName(value: unknown): value is string {
  return typeof value === 'string' && form.test(value);
}
