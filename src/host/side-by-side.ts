/**
 * Runs `work` for each item, at most so many at the same time, and answers the results in the order of the items. The first
 * error is thrown, and nothing more is begun: who wants the others too catches it in `work`.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const one = async () => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = await work(items[at]!, at);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({length: Math.min(most, items.length)}, one));
  return results;
}
