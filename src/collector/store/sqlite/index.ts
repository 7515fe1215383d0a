import {statSync} from 'node:fs';
import {dirname} from 'node:path';
import {makeFolder} from '../../../host/make-folder.ts';
import type {Engine, Maintenance, Store} from '../contract.ts';
import type {SqliteAddress} from './address.ts';
import {contentsOf, problemsIn, sinksOfRelay} from './check.ts';
import {checkpointBeside} from './checkpoints.ts';
import {knownClusters} from './clusters.ts';
import {backUp, requireBackup} from './copy.ts';
import {watchForDamage} from './damage-watch.ts';
import {guarded, inTrouble} from './errors.ts';
import {locate} from './locate.ts';
import {lockStore} from './lock.ts';
import {piecesOf} from './pieces.ts';
import {erasuresOf, sqliteQueue} from './queue.ts';
import {sqliteReader} from './reader.ts';
import {finishRestore, restore} from './restore.ts';
import {sharedStore} from './shared.ts';
import {sqliteWriter} from './writer.ts';

/** The store in a file: one writer, any number of readers beside it, on one machine. */
export const sqlite: Engine = {
  isOnDisk: true,
  locate: async (address) => locate(address as SqliteAddress),
  async lock(named, say) {
    tryToMakeFolder((named as SqliteAddress).path);
    const address = locate(named as SqliteAddress);
    const {path} = address;
    const release = lockStore(path);
    try {
      const shared = sharedStore(path);
      if (shared) say(shared);
      const finished = finishRestore(path);
      if (finished) say(finished);
      const isNew = !statSync(path, {throwIfNoEntry: false});
      return {address, isNew, release: async () => release()};
    } catch (error) {
      release();
      throw error;
    }
  },
  at: (address) => storeAt(address as SqliteAddress),
};

function storeAt({path, name = path, relay = false}: SqliteAddress): Store {
  return {
    writer: (options) => inTrouble(() => sqliteWriter(path, {...options, name, relay})),
    reader: () => inTrouble(() => sqliteReader(path)),
    queue: () => inTrouble(() => sqliteQueue(path)),
    watch(say) {
      const {damage, stop} = watchForDamage(path, say);
      const checkpoints = checkpointBeside(path);
      return {
        damage,
        stop() {
          stop();
          checkpoints.stop();
        },
      };
    },
    maintenance: guarded<Maintenance>({
      async *clusters() {
        yield* knownClusters(path);
      },
      backUp: (file) => backUp(path, file),
      pieces: (bodies) => piecesOf(path, bodies),
      erasures: (cluster) => erasuresOf(path, cluster),
      requireBackup: (file) => requireBackup(file),
      restore: (file, now) => restore(file, path, now),
      contents: () => contentsOf(path),
      passesOnlyTo: () => sinksOfRelay(path),
      problems: () => problemsIn(path, 'full'),
    }),
  };
}

/** What is wrong with it the lock or the store says. */
function tryToMakeFolder(path: string): void {
  try {
    makeFolder(dirname(path));
  } catch {
    // A link to a folder that is not there, for example.
  }
}
