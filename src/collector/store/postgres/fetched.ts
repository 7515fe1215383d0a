import type {Row, Session} from './sessions.ts';

/** Rows with bodies that are fetched at once. */
export const page = 1000;

/** The rows of a query within the caller's transaction, a page of so many at a time. */
export async function* pages(session: Session, query: string, page: number): AsyncGenerator<Row[], void> {
  await session.batch(`DECLARE all_of_it NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    const rows = await session.batch(`FETCH ${page} FROM all_of_it`);
    yield rows;
    if (rows.length < page) break;
  }
  await session.batch('CLOSE all_of_it');
}

/** The same, one at a time. */
export async function* fetched(session: Session, query: string): AsyncGenerator<Row, void> {
  for await (const rows of pages(session, query, page)) yield* rows;
}
