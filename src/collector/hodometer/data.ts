/**
 * What of a request to `/track` is the event. Hodometer's client puts it into the query, in base64 with padding and not
 * percent-encoded, so that a form parser turns `+` into a space; a receiver in its repository takes the URL-safe alphabet
 * and JSON too.
 */

/** The event as JSON, not parsed yet, or a message for the sender. */
export type Data =
  | {readonly json: Buffer; readonly fault?: undefined}
  | {readonly json?: undefined; readonly fault: string};

/** The event of a query, or of a body with the media type of a form; undefined if there is no `data` in it. */
export function formData(query: string): Data | undefined {
  const found = query.split('&').filter((part) => part === 'data' || part.startsWith('data='));
  if (found.length === 0) return undefined;
  // Two readers may take two of them.
  if (found.length > 1) return {fault: 'data is there more than once'};
  try {
    return dataOf(decodeURIComponent(found[0]!.slice('data='.length)));
  } catch {
    return {fault: 'data is wrongly percent-encoded'};
  }
}

/** The event of a body: JSON, or a form. */
export function bodyData(body: Buffer): Data {
  const start = body.subarray(0, 64).toString('latin1').trimStart();
  if (start.startsWith('{')) return {json: body};
  // `data` may be anywhere among others, as in a query.
  return formData(body.toString('latin1').trim()) ?? {fault: 'there is no data'};
}

function dataOf(text: string): Data {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return {json: Buffer.from(trimmed)};
  if (trimmed === '') return {fault: 'there is no data'};
  const standard = text
    .replaceAll(' ', '+')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={0,2}$/, '');
  if (!/^[A-Za-z\d+/]*$/.test(standard) || standard.length % 4 === 1) return {fault: 'data is not base64'};
  return {json: Buffer.from(standard, 'base64')};
}
