/** Before the names of series of clusters that Hodometer reports. */
export const core2 = 'core2-';

/** What a series is about, whichever clusters it counts: `core2-change` is a `change`. */
export function topicOf(name: string): string {
  return name.startsWith(core2) ? name.slice(core2.length) : name;
}
