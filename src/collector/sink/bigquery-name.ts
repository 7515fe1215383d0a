/** After the name of the table of reports: events of Hodometer have one of their own beside it. */
const ofEvents = '_core2';

/** The name of the table of events, of that of reports. */
export function eventsTable(table: string): string {
  return `${table}${ofEvents}`;
}

/** The parts of `project.dataset.table`; a project may have a domain and its own dots. Names have 1024 characters at most. */
export function bigqueryTable(name: string): {project: string; dataset: string; table: string} | undefined {
  const parts = /^((?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9])\.(\w{1,1024})\.([\w-]{1,1018})$/.exec(name);
  return parts ? {project: parts[1]!, dataset: parts[2]!, table: parts[3]!} : undefined;
}
