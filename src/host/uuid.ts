const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID (RFC 9562): the only form of ID that is made or taken here, since a name identifies its owner. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}
