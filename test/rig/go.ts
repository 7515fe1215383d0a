/**
 * Variables for the programs written in Go that tests start by the hundred: they live for a second, of which their collector
 * would take a third. Helm keeps its bound on memory: the program gives it one besides.
 */
export const shortLived = {GOGC: '400'};
