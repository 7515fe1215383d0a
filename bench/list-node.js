// What a program written with client-node alone would do: the yardstick for reading nodes.
import {CoreV1Api, KubeConfig} from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromFile(process.argv[2]);
const {items} = await config.makeApiClient(CoreV1Api).listNode();
console.log(items.length);
process.exit();
