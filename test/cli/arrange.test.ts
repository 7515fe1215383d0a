import {test} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../oclif.manifest.json' with {type: 'json'};
import {arrange, type CommandLike} from '../../src/cli/arrange.ts';

const commands = Object.values(manifest.commands) as unknown as CommandLike[];
const words = (text: string) => text.split(' ').filter((word) => word !== '');
const command = (id: string, args = '') => ({what: 'command' as const, id, args: words(args)});
const help = (id?: string) => ({what: 'help' as const, ...(id ? {id} : {})});

const cases: [line: string, request: ReturnType<typeof arrange>][] = [
  ['', help()],
  ['show', command('show')],
  ['show --explain x.json', command('show', '--explain x.json')],
  ['--context reader show', command('show', '--context reader')],
  ['--context=reader show --json', command('show', '--context=reader --json')],
  ['--context show show', command('show', '--context show')],
  ['--context help show', command('show', '--context help')],
  ['--context version show', command('show', '--context version')],
  ['-n show status', command('status', '-n show')],
  ['-nshow status', command('status', '-nshow')],
  ['-yn x enable', command('enable', '-yn x')],
  ['--url a --url b send file.json', command('send', '--url a --url b file.json')],
  ['--database a send', command('send', '--database a')],
  ['--store id', command('id', '--store')],
  ['--store id serve check', command('serve:check', '--store id')],
  ['--store serve serve', command('serve', '--store serve')],
  ['--store x serve backup y', command('serve:backup', '--store x y')],
  ['serve --store x backup y', command('serve:backup', '--store x y')],
  ['serve --listen check', command('serve', '--listen check')],
  ['serve backup -- --y', command('serve:backup', '-- --y')],
  ['-n x serve backup y', command('serve:backup', '-n x y')],
  ['--nonsense show', command('show', '--nonsense')],
  ['show -', command('show', '-')],
  ['nonsense', command('nonsense')],
  ['--json nonsense', command('nonsense')],
  ['-n x nonsense', command('nonsense')],
  ['serve nonsense', command('serve:nonsense')],
  ['--json', command('--json')],
  ['-h', help()],
  ['--help', help()],
  ['help', help()],
  ['help show', help('show')],
  ['show --help', help('show')],
  ['show -h', help('show')],
  ['--context x --help show', help('show')],
  ['help serve backup', help('serve:backup')],
  ['serve backup x --help', help('serve:backup')],
  ['show --context -h', command('show', '--context -h')],
  ['help nonsense', help('nonsense')],
  ['version', {what: 'version'}],
  ['--version', {what: 'version'}],
  ['--json --version', {what: 'version'}],
  ['--context x version', {what: 'version'}],
  ['show --version', {what: 'version'}],
  ['show -- --version', command('show', '-- --version')],
];
for (const [line, request] of cases) {
  test(line || 'nothing', () => assert.equal(arrange(words(line), commands), request));
}

for (const {id} of commands) {
  test(`${id}: --json before it, and between its words`, () => {
    const line = id.split(':');
    const request = command(id, '--json');
    assert.equal(arrange(['--json', ...line], commands), request);
    if (line.length > 1) assert.equal(arrange(line.toSpliced(1, 0, '--json'), commands), request);
  });
}

test.run();
