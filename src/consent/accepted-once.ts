/** Of which cluster a report is, as far as it was seen: its ID, and how it was reached; no `cluster` where a file was read. */
export interface Whose {
  readonly clusterID: string;
  readonly cluster?: {readonly context: string; readonly server: string} | undefined;
}

/**
 * `--accept-wider` in a process that stays. It agrees once for each cluster: to what of its first report here goes beyond what
 * was agreed to before. What is wider some day nobody has seen when they agreed, whichever context then leads there.
 */
export class AcceptedOnce {
  /** Contexts and servers by which a report came: a new ID behind them is not what was agreed for. */
  private readonly seen = new Set<string>();
  /** By cluster ID, the clauses that are agreed to and not kept as such yet. */
  private readonly accepted = new Map<string, ReadonlySet<string>>();

  /** Whether more than before may be taken into a report of this cluster. */
  isOpen(whose: Whose): boolean {
    const clauses = this.accepted.get(whose.clusterID);
    return clauses ? clauses.size > 0 : !waysTo(whose).some((way) => this.seen.has(way));
  }

  /** What of the clauses is not agreed to; the first look at a cluster settles what is. */
  beyond(whose: Whose, wider: readonly string[]): string[] {
    const clauses = this.accepted.get(whose.clusterID) ?? new Set(this.isOpen(whose) ? wider : []);
    this.accepted.set(whose.clusterID, clauses);
    for (const way of waysTo(whose)) this.seen.add(way);
    return wider.filter((clause) => !clauses.has(clause));
  }

  /** What was agreed to for this cluster is kept with it from now on. */
  isKept({clusterID}: Whose): void {
    this.accepted.set(clusterID, new Set());
  }
}

function waysTo({cluster}: Whose): string[] {
  return cluster ? [`context ${cluster.context}`, `server ${cluster.server}`] : ['file'];
}
