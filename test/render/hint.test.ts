import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hintLines, isCommand, message} from '../../src/render/hint.ts';

const long = 'kubectl create clusterrolebinding seldon-usage-list-nodes:you --clusterrole=seldon-usage-list-nodes';
const cases: [text: string, lines: string[]][] = [
  [long, [`  ${long}`]],
  [`Ask for it: ${long}`, ['  Ask for it:', `    ${long}`]],
  ['HELM_DRIVER=configmap helm history core', ['  HELM_DRIVER=configmap helm history core']],
  [
    '/usr/local/bin/helm rollback core 3 --no-hooks --history-max 0',
    ['  /usr/local/bin/helm rollback core 3 --no-hooks --history-max 0'],
  ],
  [
    'It is gone: it reports no more. What does: seldon-usage send --period 24h',
    ['  It is gone: it reports no more. What', '  does:', '    seldon-usage send --period 24h'],
  ],
  ['Or make one: uuidgen', ['  Or make one:', '    uuidgen']],
  ['seldon-usage history lists the IDs of all reports.', ['  seldon-usage history lists the IDs of', '  all reports.']],
  [
    '      valuesObject: with words that are longer than a line',
    ['        valuesObject: with words that are longer than a line'],
  ],
  [
    'Example: --url https://usage.example.com/a/very/long/path',
    ['  Example:', '    --url https://usage.example.com/a/very/long/path'],
  ],
];
for (const [text, lines] of cases) test(text, () => assert.equal(hintLines('  ', text, 40), lines));

for (const text of [
  'kubectl reaches it?',
  'helm list -A lists the releases; more.',
  'seldon-usage',
  'The helm of a ship',
])
  test(`${text}: no command`, () => assert.not(isCommand(text)));

test('lines of a message keep their indentation', () =>
  assert.is(
    message('One two three four five\n  six seven eight nine ten', 16),
    'One two three\nfour five\n  six seven\n  eight nine ten',
  ));

test.run();
