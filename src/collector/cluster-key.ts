import {createHash} from 'node:crypto';

/** A UUID as programs write it: RFC 9562 section 4 in either case, as a URN, in braces, or without hyphens. */
const uuid = /^(?:urn:uuid:)?(\{?)([\da-f]{8})(-?)([\da-f]{4})\3([\da-f]{4})\3([\da-f]{4})\3([\da-f]{12})(\}?)$/i;

/** A UUID in its one spelling, as nearly all are. */
const spelled = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** The ID in its one spelling: a UUID has many, and each would be a cluster of its own; anything else is as it is. */
export function oneSpelling(clusterID: string): string {
  if (spelled.test(clusterID)) return clusterID;
  const found = uuid.exec(clusterID.trim());
  if (!found || (found[1] === '') !== (found[8] === '')) return clusterID;
  return [found[2], found[4], found[5], found[6], found[7]].join('-').toLowerCase();
}

/**
 * What the store calls a cluster: its ID in one spelling if that is printable ASCII, else its hash: databases differ in
 * what else a text may hold.
 */
export function clusterKey(clusterID: string): string {
  const id = oneSpelling(clusterID);
  if (/^[\x20-\x7e]+$/.test(id)) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}
