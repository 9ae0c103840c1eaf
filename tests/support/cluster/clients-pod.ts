/** A pod on the first node in which clients are: pods of the cluster are who an overlay without an Ingress lets reach the registry. */
import { dirname } from 'node:path';
import { FORWARDER } from '../../../scripts/cluster/forward.js';
import { defaultImages } from '../../../scripts/cluster/names.js';

/** @param path of a socket in a folder that the node shares with this machine, whose connections the pod passes on @returns the pod */
export function clientsPod(path: string, host: string, port: number): object {
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
