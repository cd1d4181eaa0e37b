package logs

import (
	"fmt"
	"time"
)

// Services: what runs containers and what runs in them.
var serviceKinds = []kind{
	{name: "kubelet", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s stderr F %s%s %7d %s:%d] ", d.now.Format("2006-01-02T15:04:05.000000000Z"), s.level[:1], d.now.Format("0102 15:04:05.000000"), 1, s.from, d.IntN(900))
	}, statements: []statement{
		{100, `"SyncLoop (PLEG): event for pod" pod="{name}/{name}-{hex}-{hex}" event={open}ID:{uuid} Type:ContainerStarted Data:{hex32}{close}`, "", "kubelet.go"},
		{100, `"SyncLoop (probe)" probe="readiness" status="ready" pod="{name}/{name}-{hex}"`, "", "kubelet.go"},
		{60, `"Probe failed" probeType="{enum:Liveness|Readiness}" pod="{name}/{name}-{hex}" podUID={uuid} containerName="{name}" probeResult=failure output="HTTP probe failed with statuscode: {n:500-504}"`, "", "prober.go"},
		{60, `"Error syncing pod, skipping" err="failed to \"StartContainer\" for \"{name}\" with CrashLoopBackOff: \"back-off {n:1-5}m0s restarting failed container={name}\"" pod="{name}/{name}-{hex}" podUID={uuid}`, "ERROR", "pod_workers.go"},
		{40, `"Failed to pull image" image="registry.example/{name}:v{n:1-9}.{n:1-9}" err="rpc error: code = {enum:NotFound|Unknown} desc = failed to resolve reference"`, "ERROR", "kuberuntime_image.go"},
		{40, `"Eviction manager: attempting to reclaim" resourceName="{enum:memory|ephemeral-storage}"`, "WARNING", "eviction_manager.go"},
		{30, `"RemoveContainer" containerID="{hex32}"`, "", "scope.go"},
		{30, `operationExecutor.MountVolume started for volume "{name}" (UniqueName: "kubernetes.io/configmap/{uuid}-{name}") pod "{name}-{hex}"`, "", "reconciler.go"},
		{30, `MountVolume.SetUp succeeded for volume "{name}" pod "{name}-{hex}"`, "", "operation_generator.go"},
		{20, `Unable to attach or mount volumes: unmounted volumes=[{some:name~ }], unattached volumes=[{some:name~ }]: timed out waiting for the condition`, "ERROR", "kubelet.go"},
		{10, `node "{host}" hasn't been updated for {f}s. Last Ready is: {when}`, "WARNING", "node_lifecycle_controller.go"},
		{10, `Starting to sync pod status with apiserver`, "", "status_manager.go"},
	}},
	{name: "service", step: 100 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %5s %d --- [%s] %-40s : ", d.now.Format("2006-01-02T15:04:05.000Z"), s.level, 7, d.pick("nio-8080-exec-"+d.value("n:1-20")+"|scheduling-1|main|kafka-consumer-3"), s.from)
	}, statements: []statement{
		{200, "Handled request {enum:GET|POST|PUT} /api/{name}/{n} for user {user} in {dur}", "", "c.e.web.AccessFilter"},
		{100, "Order {uuid} accepted for customer {name} with {n:1-9} items", "", "c.e.orders.OrderService"},
		{60, "Payment for order {uuid} declined: {enum:insufficient funds|card expired|do not honour}", "WARN", "c.e.pay.PaymentService"},
		{60, "Retrying call to {name} service, attempt {n:1-5} of 5", "WARN", "c.e.http.RetryInterceptor"},
		{60, "Circuit breaker for {name} is now OPEN", "ERROR", "c.e.http.Breaker"},
		{60, "Circuit breaker for {name} is now CLOSED", "", "c.e.http.Breaker"},
		{40, "HikariPool-1 - Connection is not available, request timed out after {n}ms.", "ERROR", "com.zaxxer.hikari.pool.HikariPool"},
		{40, "HikariPool-1 - Pool stats (total={n:1-20}, active={n:1-20}, idle={n:0-9}, waiting={n:0-99})", "DEBUG", "com.zaxxer.hikari.pool.HikariPool"},
		{40, "Cache miss for key {name}:{n}", "DEBUG", "c.e.cache.RedisCache"},
		{40, "Cache hit for key {name}:{n}", "DEBUG", "c.e.cache.RedisCache"},
		{30, "Consumed message from topic {name}, partition {n:0-11}, offset {n}", "", "c.e.kafka.Consumer"},
		{30, "Committed offset {n} for partition {name}-{n:0-11}", "", "c.e.kafka.Consumer"},
		{20, "Revoke previously assigned partitions {some:part~, }", "", "o.a.k.c.c.internals.ConsumerCoordinator"},
		{10, "Started Application in {f} seconds (process running for {f})", "", "c.e.Application"},
		{10, "Tomcat started on port {port} (http) with context path ''", "", "o.s.b.w.embedded.tomcat.TomcatWebServer"},
		{10, "Could not parse setting {name}.{name}: expected number, got '{name}'", "ERROR", "c.e.config.Loader"},
	}},
}
