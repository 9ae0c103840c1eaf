import type { Container } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import { containerSecurity, explain } from '../model/index.js';
import { DATA_FOLDER, EPHEMERAL_STORAGE } from './shared.js';

/** The name of the container that checks the volume before anything uses it. */
export const STORAGE_CHECK = 'check-storage';

/** Folders in which each push makes others: where data is from elsewhere, each may have another owner. */
const FOLDERS = ['repositories', 'blobs/sha256'];

/**
 * Sets the time of each folder: that needs the right to write it, and neither space on the disk nor a new file. The kernel is asked
 * or, by NFS, the server, so that ACLs, mapped users and mounts are known. (`test -w` of busybox compares owner and mode,
 * nothing else.) What else fails is left to the registry, as pulls go on with many a fault. Folders above may be of anyone.
 */
const SCRIPT = `for folder in "$@"; do
  # One that is not there yet is made below the nearest that is.
  while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
  error=$(touch -c "$folder/." 2>&1)
  # The owner of a folder can set its time without the right to write it.
  if [ -z "$error" ] && [ -O "$folder" ] && [ ! -w "$folder" ]; then error='Permission denied'; fi
  case $error in
    *'Permission denied'*)
      echo "User $(id -u) (groups $(id -G)) cannot write $folder, which has the $(stat -Lc 'owner %u:%g and the mode %a' "$folder")."
      echo "On the machine that has the volume's folder, run: chown -R $(id -u):$(id -g) FOLDER && chmod -R u+rwX FOLDER"
      exit 1 ;;
    *'Read-only file system'*)
      echo "The volume is mounted read-only: user $(id -u) cannot write $folder."
      exit 1 ;;
  esac
done
`;

/** @returns the init container that keeps a pod from starting on a volume that its user cannot write, and says so in its log */
export function checkStorage({ image }: Settings): Container {
  return explain(
    {
      name: STORAGE_CHECK,
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', SCRIPT, STORAGE_CHECK],
      args: FOLDERS.map((folder) => `${DATA_FOLDER}/docker/registry/v2/${folder}`),
      terminationMessagePolicy: 'FallbackToLogsOnError',
      resources: {
        requests: { cpu: '10m', memory: '16Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
        limits: { memory: '64Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
      },
      securityContext: containerSecurity(),
      volumeMounts: [{ name: 'data', mountPath: DATA_FOLDER }],
    },
    {
      command: "The registry's own health check only lists folders: pods would be ready, and every push would fail.",
      terminationMessagePolicy: 'What it prints is in `kubectl describe pod` too.',
    },
  );
}
