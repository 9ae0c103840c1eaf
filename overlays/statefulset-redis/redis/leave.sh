# Generated from registry.yaml: change that, then run `npm run generate`.
# Before the primary goes, a replica takes its place. The Sentinel of this pod ends at the same time, so another one is asked.
. /etc/redis/primary.sh
# For 10 s after a failover they know no replica to promote, and refuse.
hand_over() {
  echo "$pods" | while read -r host port sentinel_host sentinel_port; do
    [ "$host $port" != "$HOST 6379" ] || continue
    [ "$(named_by "$sentinel_host" "$sentinel_port" </dev/null)" = "$HOST 6379" ] || continue
    ask "$sentinel_host" "$sentinel_port" sentinel failover registry </dev/null >/dev/null && echo accepted && break
  done
}
asked=0 end=$(($(date +%s) + 20))
while [ "$(role_of $own_redis)" = master ] && [ "$(date +%s)" -lt $end ]; do
  if [ $asked -gt 0 ]; then asked=$((asked - 1)); elif [ -n "$(hand_over)" ]; then asked=5; fi
  sleep 1
done
