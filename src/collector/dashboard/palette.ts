/** Colours that people with any colour vision tell apart (Okabe and Ito, 2008), on light and on dark ground. */
const light = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b58900', '#3d9bd1', '#6a3d9a', '#7f7f7f'];
const dark = ['#56b4e9', '#e69f00', '#2dc29a', '#e79ac6', '#f0e442', '#8fb8de', '#b89ae0', '#a6a6a6'];

/** Values drawn apart; the others are drawn together in the last colour. */
export const mostDrawn = light.length;

/** Whether the page is dark at present. */
export function isDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

/** The colour of the value at `index`. */
export function colour(index: number): string {
  return (isDark() ? dark : light)[index % mostDrawn]!;
}

/** A colour of the page's style. */
export function styled(variable: '--text' | '--muted' | '--line' | '--card'): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
