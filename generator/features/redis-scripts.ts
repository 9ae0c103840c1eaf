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
}

/** Seconds before the others are asked for the first time: a DNS may remember for 30 s that a name is not there yet. */
const HEAD_START = 3;
/** Seconds between two looks at what the Sentinels say. */
const PAUSE = 2;
/** Looks in a row that find a pod astray before it is led back: a failover that is under way is over by then. */
const ASTRAY = 3;
/** Looks in a row without a primary, after which the Sentinels have no replica to promote: they learn of one 10 s after it follows. */
const LOST = 6;
/** Looks that wait for all pods, where most of them answer and none knows a primary. */
const PATIENCE = 5;
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

/** Starts the Sentinel, and leads it and the Redis of its pod to the primary that most Sentinels name. */
export function sentinelScript({ name, hosts, configFolder, redisPort, sentinelFolder }: ScriptSettings): string[] {
  const file = `${sentinelFolder}/sentinel.conf`;
  const most = majorityOf(hosts.length);
  return [
    '# Starts the Sentinel with its own copy of sentinel.conf: what it knew before a restart may be out of date.',
    '# It has the id of the one before, so that the others do not count both.',
    `. ${configFolder}/primary.sh`,
    '{',
    `  cat ${configFolder}/sentinel.conf`,
    '  echo "sentinel myid $(echo "$POD_NAME" | sha1sum | cut -c -40)"',
    '  echo "sentinel announce-ip $HOST"',
    '  echo "requirepass $REDISCLI_AUTH"',
    `} >${file}`,
    '"$@" &',
    'sentinel=$!',
    "trap 'kill $sentinel' INT TERM",
    '',
    '# Prints a line for each pod whose Sentinel answers: the address of its Redis, and the primary that it names.',
    'survey() {',
    '  echo "$pods" | while read -r host port sentinel_host sentinel_port; do',
    '    named=$(named_by "$sentinel_host" "$sentinel_port" </dev/null) && echo "$host $port $named"',
    '  done',
    '}',
    '# Prints the primaries that are named, with how often, the one of most Sentinels first.',
    'votes() {',
    `  echo "$answers" | awk 'NF == 4 { n[$3 " " $4]++ } END { for (p in n) print n[p], p }' | sort -k 1,1nr -k 2`,
    '}',
    '# Prints the first of them that is a primary indeed.',
    'agreed() {',
    '  votes | while read -r _ host port; do',
    '    [ "$(role_of "$host" "$port" </dev/null)" = master ] && echo "$host $port" && break',
    '  done',
    '}',
    '# Prints the first pod whose Redis is a primary, whether a Sentinel names it or not.',
    'first_primary() {',
    '  echo "$answers" | while read -r host port _; do',
    '    [ "$(role_of "$host" "$port" </dev/null)" = master ] && echo "$host $port" && break',
    '  done',
    '}',
    '# Prints the first pod whose Redis answers.',
    'first_alive() {',
    '  echo "$answers" | while read -r host port _; do',
    '    [ -n "$(role_of "$host" "$port" </dev/null)" ] && echo "$host $port" && break',
    '  done',
    '}',
    '# Whether the Redis of this pod is a primary that no replica has answered for 10 s.',
    'is_alone() {',
    `  ask $own_redis info replication | awk '/^role:master/ { m = 1 } /lag=[0-9]\\r?$/ { r = 1 } END { exit !m || r }'`,
    '}',
    '# Has the Sentinel of this pod watch a primary, and forget what it knew.',
    'watch() { # HOST PORT',
    '  echo "The primary is $1."',
    `  ask $own_sentinel sentinel remove ${name} >/dev/null`,
    '  {',
    `    sed -n "s/^\\(sentinel monitor ${name}\\) [^ ]* [^ ]*/\\1 $1 $2/; /^sentinel/p" ${configFolder}/monitor.conf`,
    `    echo "sentinel set ${name} auth-pass $REDISCLI_AUTH"`,
    '  } | ask $own_sentinel >/dev/null',
    '}',
    '',
    `sleep ${HEAD_START} & wait $!`,
    'looks=0 lost=0 alone=0 known= sentinel_astray=0 redis_astray=0',
    'while kill -0 $sentinel 2>/dev/null; do',
    '  looks=$((looks + 1))',
    '  answers=$(survey)',
    '  answered=$(echo "$answers" | grep -c .)',
    '  named=$(named_by $own_sentinel)',
    '  [ -z "$named" ] || known=$named',
    `  if [ "$answered" -ge ${most} ]; then`,
    '    alone=0',
    `  elif [ "$known" = "$HOST ${redisPort}" ] && is_alone; then`,
    '    # A primary that is cut off. The others may choose another one, and between Sentinels the later choice counts, which new',
    '    # ones cannot tell: this one forgets its own.',
    '    alone=$((alone + 1))',
    `    if [ $alone -ge ${ASTRAY} ] && { [ -z "$named" ] || [ -n "$(ask $own_sentinel sentinel sentinels ${name})" ]; }; then`,
    `      watch "$HOST" ${redisPort}`,
    '    fi',
    '  fi',
    '  if [ -z "$named" ]; then',
    '    # A new Sentinel follows the others. Where all are new, it is the first pod that is a primary, or that answers.',
    '    set -- $(votes | head -n 1)',
    '    if [ $# -gt 0 ]; then',
    '      watch "$2" "$3"',
    `    elif [ "$answered" -eq ${hosts.length} ] || { [ "$answered" -ge ${most} ] && [ $looks -gt ${PATIENCE} ]; }; then`,
    '      set -- $(first_primary) $answers',
    '      watch "$1" "$2"',
    '    fi',
    `  elif [ "$answered" -ge ${most} ]; then`,
    '    agreed=$(agreed)',
    '    [ -n "$agreed" ] && lost=0 || lost=$((lost + 1))',
    `    if [ $lost -ge ${LOST} ]; then`,
    '      lost=0',
    '      agreed=$(first_alive)',
    '      watch $agreed',
    `      [ "$agreed" != "$HOST ${redisPort}" ] || ask $own_redis replicaof no one >/dev/null`,
    '    elif [ -z "$agreed" ] || [ "$agreed" = "$named" ]; then',
    '      sentinel_astray=0',
    `    elif sentinel_astray=$((sentinel_astray + 1)) && [ $sentinel_astray -ge ${ASTRAY} ]; then`,
    '      sentinel_astray=0',
    '      watch $agreed',
    '    fi',
    '    # Redis has the role that most Sentinels give it. If none that they name is a primary, it may be the one to become it.',
    '    role=$(role_of $own_redis)',
    '    set -- $(votes | head -n 1)',
    `    if [ "$agreed" = "$HOST ${redisPort}" ] || [ -z "$agreed" ]; then`,
    `      [ "\${1:-0}" -ge ${most} ] && [ "$2 $3" = "$HOST ${redisPort}" ] && wanted=master || wanted=$role`,
    '    else',
    '      wanted="slave $agreed"',
    '    fi',
    '    case $role in',
    '      \'\' | "$wanted" | "$wanted "*) redis_astray=0 ;;',
    `      *) redis_astray=$((redis_astray + 1)) ;;`,
    '    esac',
    `    if [ $redis_astray -ge ${ASTRAY} ]; then`,
    '      redis_astray=0',
    '      echo "Redis is $role, and becomes $wanted."',
    '      [ "$wanted" = master ] && agreed=\'no one\'',
    '      ask $own_redis replicaof $agreed >/dev/null',
    '    fi',
    '  fi',
    `  sleep ${PAUSE} & wait $!`,
    'done',
    'wait $sentinel',
  ];
}
