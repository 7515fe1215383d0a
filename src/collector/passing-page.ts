import {clean} from '../foreign.ts';

/** What a collector says of itself that only passes on: it has nothing to show. */

/** Why there are no statistics, and who has them. */
export function noStatistics(sinks: readonly string[]): string {
  return `this collector only passes reports on, to ${sinks.map((sink) => clean(sink)).join(' and ')}: it keeps none, and has no statistics`;
}

/** The page in the place of the dashboard. */
export function passingPage(sinks: readonly string[]): string {
  const items = sinks.map((sink) => `<li><code>${escaped(clean(sink))}</code></li>`).join('');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Usage of Seldon Core: passed on</title>
    <link rel="icon" href="icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="page.css">
  </head>
  <body>
    <header><h1>Usage of Seldon Core</h1></header>
    <main>
      <p>This collector only passes on what it takes. It keeps no report that was passed on, and has no statistics: ask where
        the reports go.</p>
      <ul>${items}</ul>
      <p>How many wait, and what became of the others: <a href="metrics">metrics</a>.</p>
    </main>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
