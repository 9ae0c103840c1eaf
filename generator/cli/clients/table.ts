/** The clients that are known. */
import type { Client } from './client.js';
import { buildkit, docker, podman } from './machines.js';
import { containerd, k3s, kind, minikube, pods } from './nodes.js';

/** In the order in which they are printed. */
export const CLIENTS: readonly Client[] = [docker, podman, containerd, k3s, kind, minikube, buildkit, pods];
