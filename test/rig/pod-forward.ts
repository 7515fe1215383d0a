// In the network namespace of a pod: ports of its loopback that lead out through sockets of the file system, and sockets that
// lead to ports of its loopback. `pod-forward.ts {"out": [{port, path}], "in": [{port, path}]} READY-FIFO`
import {once} from 'node:events';
import {rmSync, writeFileSync} from 'node:fs';
import {connect, createServer, type NetConnectOpts, type Socket} from 'node:net';

type Link = {port: number; path: string};
const [given = '', ready = ''] = process.argv.slice(2);
const links = JSON.parse(given) as {out: Link[]; in: Link[]};

function relay(to: NetConnectOpts) {
  return (socket: Socket) => {
    const other = connect(to);
    socket.pipe(other).pipe(socket);
    for (const one of [socket, other]) {
      one.on('error', () => {
        socket.destroy();
        other.destroy();
      });
    }
  };
}

for (const {port, path} of links.out) await once(createServer(relay({path})).listen(port, '127.0.0.1'), 'listening');
for (const {port, path} of links.in) {
  rmSync(path, {force: true});
  await once(createServer(relay({port, host: '127.0.0.1'})).listen(path), 'listening');
}
writeFileSync(ready, 'ready\n');

// It goes with the container, whose process the shell that started this becomes. A signal at its death would not come: it is
// another user's then.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 50);
