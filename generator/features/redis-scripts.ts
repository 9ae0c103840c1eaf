/**
 * The scripts by which the pods of a Redis StatefulSet agree on their primary. What a Sentinel knows goes with its pod, so each
 * asks those of all pods, again and again, and follows what most of them say: whatever the network does at a start, and in
 * whatever order pods come and go, there is one primary in the end.
 *
 * Plain POSIX shell with awk, as images of Redis have no more.
 */

export interface ScriptSettings {
  /** By which the Sentinels are asked for the primary. */
  name: string;
  /** DNS names of the pods. */
  hosts: readonly string[];
  redisPort: number;
  sentinelPort: number;
  /** Folder of these scripts. */
  configFolder: string;
  /** Where a Sentinel keeps its configuration, which it rewrites. */
  sentinelFolder: string;
  /** Milliseconds without an answer after which a primary is lost: what monitor.conf sets last. */
  downAfter: number;
}

/** Seconds that Redis waits for its role before it starts without one. */
const ROLE = 20;
/** Seconds that a primary which goes waits for its successor. */
const HANDOVER = 20;

/** @returns how many of so many Sentinels are most of them. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** What the other scripts share. */
export function primaryScript({ name, hosts, redisPort, sentinelPort }: ScriptSettings): string[] {
  return [
    '# What the scripts beside it share. A primary is written as "HOST PORT".',
    'ask() { # HOST PORT COMMAND...',
    '  host=$1 port=$2',
    '  shift 2',
    '  timeout 2 redis-cli -e -h "$host" -p "$port" "$@" 2>/dev/null',
    '}',
    '# Prints the primary that a Sentinel names; nothing where it knows none, as one of another password knows none of ours.',
    'named_by() { # HOST PORT',
    `  answer=$(ask "$1" "$2" sentinel get-master-addr-by-name ${name})`,
    '  case $?$answer in',
    '    0*) echo $answer ;;',
    '    *NOAUTH*) ;;',
    '    *) return 1 ;;',
    '  esac',
    '}',
    '# Prints the role of a Redis: master, or slave with the primary that it follows, and whether it is connected.',
    'role_of() { # HOST PORT',
    '  set -- $(ask "$1" "$2" role)',
    '  [ "$1" = slave ] && echo "$1 $2 $3 $4" || echo "$1"',
    '}',
    `own_redis='127.0.0.1 ${redisPort}'`,
    `own_sentinel='127.0.0.1 ${sentinelPort}'`,
    '# The address of the Redis of each pod, and of its Sentinel.',
    `pods='${hosts.map((host) => `${host} ${redisPort} ${host} ${sentinelPort}`).join('\n      ')}'`,
  ];
}

/** Starts Redis with the role that the Sentinel of its pod knows. */
export function redisScript({ configFolder, redisPort }: ScriptSettings): string[] {
  return [
    '# Starts Redis empty: as the primary, or as a replica of the pod that is. The Sentinel beside it knows which.',
    `. ${configFolder}/primary.sh`,
    'waited=0',
    `until primary=$(named_by $own_sentinel) && [ -n "$primary" ] || [ $waited -eq ${ROLE} ]; do`,
    '  waited=$((waited + 1))',
    '  sleep 1',
    'done',
    'rm -f /data/*.rdb',
    `[ -z "$primary" ] || [ "$primary" = "$HOST ${redisPort}" ] || set -- "$@" --replicaof $primary`,
    'exec "$@"',
  ];
}

/** Whether Redis has the role that the Sentinel of its pod knows. */
export function readyScript({ configFolder, redisPort }: ScriptSettings): string[] {
  return [
    '# Whether Redis has the role that the Sentinels give it.',
    `. ${configFolder}/primary.sh`,
    'primary=$(named_by $own_sentinel)',
    'case $primary in',
    "  '') exit 1 ;;",
    `  "$HOST ${redisPort}") [ "$(role_of $own_redis)" = master ] ;;`,
    '  *) [ "$(role_of $own_redis)" = "slave $primary connected" ] ;;',
    'esac',
  ];
}

/** Hands the role of the primary on before its pod goes: nobody waits until it is found lost, and the cache is kept. */
export function leaveScript({ name, configFolder, redisPort }: ScriptSettings): string[] {
  return [
    '# Before the primary goes, a replica takes its place. The Sentinel of this pod ends at the same time, so another one is asked.',
    `. ${configFolder}/primary.sh`,
    '# For 10 s after a failover they know no replica to promote, and refuse.',
    'hand_over() {',
    '  echo "$pods" | while read -r host port sentinel_host sentinel_port; do',
    `    [ "$host $port" != "$HOST ${redisPort}" ] || continue`,
    `    [ "$(named_by "$sentinel_host" "$sentinel_port" </dev/null)" = "$HOST ${redisPort}" ] || continue`,
    `    ask "$sentinel_host" "$sentinel_port" sentinel failover ${name} </dev/null >/dev/null && echo accepted && break`,
    '  done',
    '}',
    `asked=0 end=$(($(date +%s) + ${HANDOVER}))`,
    'while [ "$(role_of $own_redis)" = master ] && [ "$(date +%s)" -lt $end ]; do',
    '  if [ $asked -gt 0 ]; then asked=$((asked - 1)); elif [ -n "$(hand_over)" ]; then asked=5; fi',
    '  sleep 1',
    'done',
  ];
}
