/** A pod on the first node in which clients are: NetworkPolicies let a node itself reach its own pods only. */
import { dirname, join } from 'node:path';
import { FORWARDER } from '../../../scripts/cluster/forward.js';
import { defaultImages } from '../../../scripts/cluster/names.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';

/** @returns a port of this machine's loopback interface whose connections reach an address in the cluster from a pod */
export function forwardFromPod(cluster: Cluster, host: string, port: number): Promise<number> {
  const path = join(cluster.data, 'clients.sock');
  cluster.apply([clientsPod(path, host, port)]);
  return cluster.listenFor(path);
}

/** @param path of a socket in a folder that the node shares with this machine, whose connections the pod passes on @returns the pod */
function clientsPod(path: string, host: string, port: number): object {
  const folder = dirname(path);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'clients', namespace: 'default' },
    spec: {
      nodeName: 'node',
      containers: [
        {
          name: 'forwarder',
          image: defaultImages().get('gc.image'),
          imagePullPolicy: 'Never',
          command: ['node', '-e', FORWARDER, path, host, String(port)],
          volumeMounts: [{ name: 'sockets', mountPath: folder }],
        },
      ],
      volumes: [{ name: 'sockets', hostPath: { path: folder } }],
    },
  };
}
