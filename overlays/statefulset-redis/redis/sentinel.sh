# Generated from registry.yaml: change that, then run `npm run generate`.
# Starts the Sentinel with its own copy of sentinel.conf: what it knew before a restart may be out of date.
# It has the id of the one before, so that the others do not count both.
. /etc/redis/primary.sh
{
  cat /etc/redis/sentinel.conf
  echo "sentinel myid $(echo "$POD_NAME" | sha1sum | cut -c -40)"
  echo "sentinel announce-ip $HOST"
  echo "requirepass $REDISCLI_AUTH"
} >/sentinel/sentinel.conf
"$@" &
sentinel=$!
trap 'kill $sentinel' INT TERM

# Prints a line for each pod whose Sentinel answers: the address of its Redis, and the primary that it names.
survey() {
  echo "$pods" | while read -r host port sentinel_host sentinel_port; do
    named=$(named_by "$sentinel_host" "$sentinel_port" </dev/null) && echo "$host $port $named"
  done
}
# Prints the primaries that are named, with how often, the one of most Sentinels first.
votes() {
  echo "$answers" | awk 'NF == 4 { n[$3 " " $4]++ } END { for (p in n) print n[p], p }' | sort -k 1,1nr -k 2
}
# Prints the first of them that is a primary indeed.
agreed() {
  votes | while read -r _ host port; do
    [ "$(role_of "$host" "$port" </dev/null)" = master ] && echo "$host $port" && break
  done
}
# Prints the first pod whose Redis is a primary, whether a Sentinel names it or not.
first_primary() {
  echo "$answers" | while read -r host port _; do
    [ "$(role_of "$host" "$port" </dev/null)" = master ] && echo "$host $port" && break
  done
}
# Prints the first pod whose Redis answers.
first_alive() {
  echo "$answers" | while read -r host port _; do
    [ -n "$(role_of "$host" "$port" </dev/null)" ] && echo "$host $port" && break
  done
}
# Whether the Redis of this pod is a primary that no replica has answered for 10 s.
is_alone() {
  ask $own_redis info replication | awk '/^role:master/ { m = 1 } /lag=[0-9]\r?$/ { r = 1 } END { exit !m || r }'
}
# Whether the Sentinel of this pod has not all settings, of which the last one tells: it may have been too slow for the rest.
lacks_settings() {
  ask $own_sentinel sentinel master registry | awk '/^down-after-milliseconds/ { getline; l = $1 != 5000 } END { exit !l }'
}
# Has the Sentinel of this pod watch a primary, and forget what it knew.
watch() { # HOST PORT
  echo "The primary is $1."
  ask $own_sentinel sentinel remove registry >/dev/null
  {
    sed -n "s/^\(sentinel monitor registry\) [^ ]* [^ ]*/\1 $1 $2/p" /etc/redis/monitor.conf
    echo "sentinel set registry auth-pass $REDISCLI_AUTH"
    grep '^sentinel set' /etc/redis/monitor.conf
  } | ask $own_sentinel >/dev/null
}

sleep 3 & wait $!
looks=0 lost=0 alone=0 known= sentinel_astray=0 redis_astray=0
while kill -0 $sentinel 2>/dev/null; do
  looks=$((looks + 1))
  answers=$(survey)
  answered=$(echo "$answers" | grep -c .)
  named=$(named_by $own_sentinel)
  [ -z "$named" ] || known=$named
  if [ -n "$named" ] && lacks_settings; then watch $named; fi
  if [ "$answered" -ge 2 ]; then
    alone=0
  elif [ "$known" = "$HOST 6379" ] && is_alone; then
    # A primary that is cut off. The others may choose another one, and between Sentinels the later choice counts, which new
    # ones cannot tell: this one forgets its own.
    alone=$((alone + 1))
    if [ $alone -ge 3 ] && { [ -z "$named" ] || [ -n "$(ask $own_sentinel sentinel sentinels registry)" ]; }; then
      watch "$HOST" 6379
    fi
  fi
  if [ -z "$named" ]; then
    # A new Sentinel follows the others. Where all are new, it is the first pod that is a primary, or that answers.
    set -- $(votes | head -n 1)
    if [ $# -gt 0 ]; then
      watch "$2" "$3"
    elif [ "$answered" -eq 3 ] || { [ "$answered" -ge 2 ] && [ $looks -gt 5 ]; }; then
      set -- $(first_primary) $answers
      watch "$1" "$2"
    fi
  elif [ "$answered" -ge 2 ]; then
    agreed=$(agreed)
    [ -n "$agreed" ] && lost=0 || lost=$((lost + 1))
    if [ $lost -ge 6 ]; then
      lost=0
      agreed=$(first_alive)
      watch $agreed
      [ "$agreed" != "$HOST 6379" ] || ask $own_redis replicaof no one >/dev/null
    elif [ -z "$agreed" ] || [ "$agreed" = "$named" ]; then
      sentinel_astray=0
    elif sentinel_astray=$((sentinel_astray + 1)) && [ $sentinel_astray -ge 3 ]; then
      sentinel_astray=0
      watch $agreed
    fi
    # Redis has the role that most Sentinels give it. If none that they name is a primary, it may be the one to become it.
    role=$(role_of $own_redis)
    set -- $(votes | head -n 1)
    if [ "$agreed" = "$HOST 6379" ] || [ -z "$agreed" ]; then
      [ "${1:-0}" -ge 2 ] && [ "$2 $3" = "$HOST 6379" ] && wanted=master || wanted=$role
    else
      wanted="slave $agreed"
    fi
    case $role in
      '' | "$wanted" | "$wanted "*) redis_astray=0 ;;
      *) redis_astray=$((redis_astray + 1)) ;;
    esac
    if [ $redis_astray -ge 3 ]; then
      redis_astray=0
      echo "Redis is $role, and becomes $wanted."
      [ "$wanted" = master ] && agreed='no one'
      ask $own_redis replicaof $agreed >/dev/null
    fi
  fi
  sleep 2 & wait $!
done
wait $sentinel
