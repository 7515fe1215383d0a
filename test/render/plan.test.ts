import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Plan} from '../../src/helm/plan.ts';
import {colours} from '../../src/render/colours.ts';
import {renderPlan} from '../../src/render/plan.ts';

const command =
  'HELM_DRIVER=secret /usr/local/bin/helm upgrade seldon-core ./chart --namespace seldon-system --post-renderer ./p --wait';
const undo = 'helm rollback seldon-core 3 --no-hooks --history-max 0 --kube-context prod --namespace seldon-system';
const server = 'https://ABCDEF0123456789ABCDEF0123456789.gr7.eu-west-1.eks.amazonaws.com';
const plan: Plan = {
  cluster: {context: 'arn:aws:eks:eu-west-1:123456789012:cluster/production', server, user: 'admin'},
  release: {name: 'seldon-core', namespace: 'seldon-system', chart: 'seldon-core-operator 1.18.2', revision: 3},
  helm: {path: '/usr/local/bin/helm', version: 'v3.19.0'},
  value: {path: 'usageMetrics.enabled', before: false, default: true, after: true},
  added: ['Deployment seldon-spartakus-volunteer in seldon-system', 'ServiceAccount seldon-spartakus-volunteer'],
  removed: [],
  kept: 31,
  hooks: 0,
  command,
  undo,
  warnings: [
    'The volunteer of this chart will not report: its image is gone. What does report: seldon-usage send --period 24h',
  ],
};
const linesAt = (width: number) => renderPlan(plan, width, colours({})).trimEnd().split('\n');

test('at 60 columns no word is broken, and commands are lines of their own', () => {
  const lines = linesAt(60);
  for (const whole of [command, undo, 'seldon-usage send --period 24h'])
    assert.ok(
      lines.some((line) => line.trim() === whole),
      whole,
    );
  for (const line of lines.filter((line) => ![command, undo].includes(line.trim())))
    assert.ok(line.length <= 60 || !line.trim().includes(' '), line);
  const words = (lines: string[]) => lines.join(' ').split(/\s+/).filter(Boolean).join(' ');
  assert.is(words(lines), words(linesAt(300)));
});

test.run();
