// Package manifests_test builds every overlay as kustomize does and reads what
// comes out as strictly as the types of Kubernetes allow. It is a module of its
// own, so that the service does not depend on those.
package manifests_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

var overlays = []string{"dev", "production"}

// build renders an overlay, with a component if one is named.
func build(t *testing.T, overlay string, components ...string) []byte {
	t.Helper()
	fs := filesys.MakeFsOnDisk()
	dir := filepath.Join("..", "overlays", overlay)
	if len(components) > 0 {
		fs, dir = withComponents(t, overlay, components)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, dir)
	if err != nil {
		t.Fatalf("%s: %v", overlay, err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withComponents is a folder that uses the overlay and the components.
func withComponents(t *testing.T, overlay string, components []string) (filesys.FileSystem, string) {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "overlays", "made")
	text := "namespace: modelcard-generator\nresources: [../" + overlay + "]\ncomponents:\n"
	for _, c := range components {
		text += "- ../../components/" + c + "\n"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return filesys.MakeFsOnDisk(), dir
}

// decode reads every object strictly: an unknown, doubled or misspelt field is
// an error.
func decode(t *testing.T, text []byte) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, autoscalingv2.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Errorf("%v in\n%s", err, document)
			continue
		}
		objects = append(objects, object)
	}
	return objects
}

// find returns the one object of the type with the name.
func find[T runtime.Object](t *testing.T, objects []runtime.Object, name string) T {
	t.Helper()
	for _, object := range objects {
		if found, ok := object.(T); ok && nameOf(t, object) == name {
			return found
		}
	}
	var none T
	t.Fatalf("there is no %T %s", none, name)
	return none
}

func nameOf(t *testing.T, object runtime.Object) string {
	t.Helper()
	m, err := meta.Accessor(object)
	if err != nil {
		t.Fatal(err)
	}
	return m.GetName()
}

func TestOverlaysAreReadStrictlyAndStable(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		text := build(t, overlay)
		if again := build(t, overlay); !bytes.Equal(text, again) {
			t.Errorf("%s: built twice, it differs", overlay)
		}
		for _, object := range decode(t, text) {
			m, err := meta.Accessor(object)
			if err != nil {
				t.Fatal(err)
			}
			if _, namespace := object.(*corev1.Namespace); !namespace && m.GetNamespace() != "modelcard-generator" {
				t.Errorf("%s: %T %s is in namespace %q", overlay, object, m.GetName(), m.GetNamespace())
			}
			if m.GetLabels()["app.kubernetes.io/part-of"] != "modelcard-generator" {
				t.Errorf("%s: %T %s lacks its label", overlay, object, m.GetName())
			}
		}
	}
}

// A misspelt field has to be seen, or the test above says nothing.
func TestDecodingIsStrict(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	if err := appsv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, wrong := range []string{"repliccas: 3", "Replicas: 3", "replicas: 3\n  replicas: 3", "replicas: three"} {
		text := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  " + wrong + "\n"
		if _, _, err := decoder.Decode([]byte(text), nil, nil); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// The names that guides and `kubectl set image deployment/mcg-api mcg-api=…` use.
func TestNamesOfTheGuide(t *testing.T) {
	t.Parallel()
	text := build(t, "production")
	objects := decode(t, text)
	var names []string
	for _, object := range objects {
		names = append(names, strings.ToLower(kind(object))+"/"+nameOf(t, object))
	}
	for _, want := range []string{
		"namespace/modelcard-generator", "deployment/mcg-api", "deployment/mcg-worker", "service/mcg-service", "ingress/mcg-ingress",
		"horizontalpodautoscaler/mcg-hpa", "configmap/mcg-config", "persistentvolumeclaim/mcg-output-pvc",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing among %v", want, names)
		}
	}
	find[*corev1.PersistentVolumeClaim](t, decode(t, build(t, "dev")), "mcg-cache-pvc")
	api := find[*appsv1.Deployment](t, objects, "mcg-api")
	if got := api.Spec.Template.Spec.Containers[0].Name; got != "mcg-api" {
		t.Errorf("the container is %q", got)
	}
	if api.Spec.Replicas != nil {
		t.Error("replicas are set beside the autoscaler")
	}
	if bytes.Contains(text, []byte("kind: Secret\n")) {
		t.Error("a secret is among the manifests")
	}
	if bytes.Contains(text, []byte("rewrite-target")) {
		t.Error("the ingress rewrites paths")
	}
}

func kind(object runtime.Object) string {
	name := fmt.Sprintf("%T", object)
	return name[strings.LastIndexByte(name, '.')+1:]
}

// pods returns the pod template of whatever makes pods.
func pods(objects []runtime.Object) map[string]corev1.PodSpec {
	found := map[string]corev1.PodSpec{}
	for _, object := range objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			found[o.Name] = o.Spec.Template.Spec
		case *batchv1.Job:
			found[o.Name] = o.Spec.Template.Spec
		case *batchv1.CronJob:
			found[o.Name] = o.Spec.JobTemplate.Spec.Template.Spec
		}
	}
	return found
}

// Pod Security "restricted", and beyond it a file system that can't be written.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		all := pods(decode(t, build(t, overlay)))
		if len(all) == 0 {
			t.Fatalf("%s has no pods", overlay)
		}
		for name, pod := range all {
			s := pod.SecurityContext
			if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: the pod of %s is not restricted", overlay, name)
			}
			if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken || pod.HostNetwork || pod.HostPID {
				t.Errorf("%s: the pod of %s has more than it needs", overlay, name)
			}
			if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
				t.Errorf("%s: variables of services, such as MCG_SERVICE_PORT, would be taken for settings of %s", overlay, name)
			}
			for _, c := range pod.Containers {
				s := c.SecurityContext
				if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.ReadOnlyRootFilesystem == nil ||
					!*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
					t.Errorf("%s: the container of %s is not restricted", overlay, name)
				}
				wantMounts(t, name, pod, c)
			}
		}
	}
}

func wantMounts(t *testing.T, name string, pod corev1.PodSpec, c corev1.Container) {
	t.Helper()
	for _, mount := range c.VolumeMounts {
		if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
			t.Errorf("%s mounts %s, which is no volume", name, mount.Name)
		}
	}
}

// Probes ask the process alone, and the pod lives long enough to drain.
func TestProbesAndDraining(t *testing.T) {
	t.Parallel()
	objects := decode(t, build(t, "production"))
	settings := configuration(t, objects)
	for _, name := range []string{"mcg-api", "mcg-worker"} {
		pod := find[*appsv1.Deployment](t, objects, name).Spec.Template.Spec
		c := pod.Containers[0]
		for probe, p := range map[string]*corev1.Probe{"/health": c.LivenessProbe, "/health ": c.StartupProbe, "/ready": c.ReadinessProbe} {
			if p == nil || p.HTTPGet == nil || p.HTTPGet.Path != strings.TrimSpace(probe) {
				t.Errorf("%s: a probe does not ask %s", name, probe)
				continue
			}
			if !slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool { return port.Name == p.HTTPGet.Port.StrVal }) {
				t.Errorf("%s: a probe asks port %q, which is none", name, p.HTTPGet.Port.StrVal)
			}
		}
		needs := settings.shutdown
		if name == "mcg-api" {
			sleep := c.Lifecycle.PreStop.Sleep.Seconds
			if sleep < 5 || sleep > 15 {
				t.Errorf("preStop sleeps %d s", sleep)
			}
			needs += sleep
		}
		if grace := *pod.TerminationGracePeriodSeconds; grace < needs+5 {
			t.Errorf("%s has %d s to end and needs %d", name, grace, needs)
		}
	}
	budget := find[*policyv1.PodDisruptionBudget](t, objects, "mcg-api")
	if budget.Spec.MaxUnavailable == nil || budget.Spec.MinAvailable != nil {
		t.Error("the disruption budget has a minimum, which blocks drains")
	}
}

// settings are what the tests need of config.yaml.
type settings struct {
	memory, disk int64 // bytes
	shutdown     int64 // seconds
}

func configuration(t *testing.T, objects []runtime.Object) settings {
	t.Helper()
	var c struct {
		API struct {
			Shutdown string `json:"shutdown_timeout"`
		} `json:"api"`
		Cache struct {
			Levels []struct{ Name, Size string } `json:"levels"`
		} `json:"cache"`
	}
	raw := find[*corev1.ConfigMap](t, objects, "mcg-config").Data["config.yaml"]
	if err := yaml.Unmarshal([]byte(raw), &c); err != nil {
		t.Fatal(err)
	}
	var s settings
	for _, level := range c.Cache.Levels {
		switch level.Name {
		case "memory":
			s.memory = size(t, level.Size)
		case "disk":
			s.disk = size(t, level.Size)
		}
	}
	seconds := resource.MustParse(strings.TrimSuffix(c.API.Shutdown, "s"))
	s.shutdown = seconds.Value()
	if s.memory == 0 || s.disk == 0 || s.shutdown == 0 {
		t.Fatalf("settings: %+v", s)
	}
	return s
}

// size reads 64MB as mcg does: a power of two.
func size(t *testing.T, text string) int64 {
	t.Helper()
	q, err := resource.ParseQuantity(strings.TrimSuffix(text, "B") + "i")
	if err != nil {
		t.Fatal(err)
	}
	return q.Value()
}

// Memory of a service without traffic, measured with room to spare: the heap
// beside the cache, and stacks and the runtime.
const (
	base   = 45 << 20
	stacks = 16 << 20
)

// The autoscaler compares what is used with the request. The Go heap may be
// twice what lives in it, and a full cache does not shrink with the load: if
// those alone came to nine tenths of the target (a tenth is tolerance), replicas
// would never go away again.
func TestMemoryArithmetic(t *testing.T) {
	t.Parallel()
	objects := decode(t, build(t, "production"))
	s := configuration(t, objects)
	hpa := find[*autoscalingv2.HorizontalPodAutoscaler](t, objects, "mcg-hpa")
	targets := map[corev1.ResourceName]int64{}
	for _, m := range hpa.Spec.Metrics {
		targets[m.Resource.Name] = int64(*m.Resource.Target.AverageUtilization)
	}
	if targets["cpu"] != 70 || targets["memory"] != 80 || *hpa.Spec.MinReplicas != 2 || hpa.Spec.MaxReplicas != 10 {
		t.Errorf("the autoscaler: %v, %d to %d", targets, *hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas)
	}
	pod := find[*appsv1.Deployment](t, objects, "mcg-api").Spec.Template.Spec
	c := pod.Containers[0]
	request, limit := c.Resources.Requests.Memory().Value(), c.Resources.Limits.Memory().Value()
	idle := 2*(base+s.memory) + stacks
	if allowed := request * targets["memory"] / 100 * 9 / 10; idle >= allowed {
		t.Errorf("an idle service with a full cache may use %d MiB, and the autoscaler lets replicas go below %d MiB only", idle>>20, allowed>>20)
	}
	t.Logf("idle %d MiB, scale-in below %d MiB, request %d MiB, limit %d MiB", idle>>20, request*targets["memory"]/100*9/10>>20, request>>20, limit>>20)
	for name, pod := range pods(objects) {
		c := pod.Containers[0]
		for _, variable := range c.Env {
			if variable.Name != "GOMEMLIMIT" {
				continue
			}
			soft := size(t, strings.TrimSuffix(variable.Value, "iB")+"B")
			if limit := c.Resources.Limits.Memory().Value(); soft > limit*92/100 || soft < limit*85/100 {
				t.Errorf("%s: GOMEMLIMIT is %d MiB of %d MiB", name, soft>>20, limit>>20)
			}
		}
	}
	for _, v := range pod.Volumes {
		if v.Name == "cache" && v.EmptyDir.SizeLimit.Value() < s.disk*11/10 {
			t.Errorf("the cache may grow to %d MiB in a volume of %d MiB: the pod would be evicted", s.disk>>20, v.EmptyDir.SizeLimit.Value()>>20)
		}
	}
}

// Selectors and references lead to something.
func TestReferences(t *testing.T) {
	t.Parallel()
	objects := decode(t, build(t, "production"))
	labels := find[*appsv1.Deployment](t, objects, "mcg-api").Spec.Template.Labels
	service := find[*corev1.Service](t, objects, "mcg-service")
	for key, value := range service.Spec.Selector {
		if labels[key] != value {
			t.Errorf("mcg-service selects %s=%s, and the pods have %q", key, value, labels[key])
		}
	}
	rule := find[*networkingv1.Ingress](t, objects, "mcg-ingress").Spec.Rules[0].HTTP.Paths[0]
	if rule.Backend.Service.Name != service.Name || rule.Backend.Service.Port.Name != service.Spec.Ports[0].Name {
		t.Errorf("the ingress leads to %+v", rule.Backend.Service)
	}
	policy := find[*networkingv1.NetworkPolicy](t, objects, "mcg")
	for name := range pods(objects) {
		if !slices.Contains(policy.Spec.PodSelector.MatchExpressions[0].Values, name) {
			t.Errorf("the network policy does not cover %s", name)
		}
	}
	secrets := map[string]bool{}
	for name, pod := range pods(objects) {
		for _, variable := range pod.Containers[0].Env {
			if strings.Contains(variable.Name, "SECRET") || strings.HasSuffix(variable.Name, "_URL") && strings.HasPrefix(variable.Name, "MCG_") {
				if variable.Value != "" || variable.ValueFrom == nil {
					t.Errorf("%s: %s is not from a secret", name, variable.Name)
					continue
				}
				secrets[variable.ValueFrom.SecretKeyRef.Key] = true
			}
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "overlays", "production", "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for key := range secrets {
		if !bytes.Contains(text, []byte("--from-literal="+key+"=")) {
			t.Errorf("kustomization.yaml does not say how to make the key %s of the secret", key)
		}
	}
}

// The kinds of the Prometheus operator are not in k8s.io/api; they are built,
// and looked at by hand.
func TestMonitoringComponent(t *testing.T) {
	t.Parallel()
	text := string(build(t, "production", "monitoring"))
	for _, want := range []string{"kind: ServiceMonitor", "kind: PodMonitor"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if plain := string(build(t, "production")); strings.Contains(plain, "monitoring.coreos.com") {
		t.Error("the overlay needs the operator's kinds")
	}
}
