/** The version of this package; a test holds it to package.json. */
export const packageVersion = '0.1.0';

/** What a report of this program says in its field `version`. */
export const builderVersion = `v${packageVersion}+seldon-usage`;
