# Generated from registry.yaml: change that, then run `npm run generate`.
# The primary is the pod that the Sentinels name; pod 0 while none of them answers, as at the first start.
primary='registry-redis-0.registry-redis 6379'
for sentinel in registry-redis-0.registry-redis:26379 registry-redis-1.registry-redis:26379 registry-redis-2.registry-redis:26379; do
  answer=$(timeout 2 redis-cli -e -u "redis://$sentinel" sentinel get-master-addr-by-name registry) && [ -n "$answer" ] && primary=$(echo $answer) && break
done
