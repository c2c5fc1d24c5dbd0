//go:build kube

package manifests_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/yaml"
)

// warnings collects what the server says about requests that it accepts.
type warnings struct {
	mu   sync.Mutex
	list []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

// server is a real kube-apiserver that refuses unknown and doubled fields.
type server struct {
	client.Client
	warnings warnings
}

func startAPIServer(t *testing.T) *server {
	t.Helper()
	log.SetLogger(logr.Discard())
	environment := &envtest.Environment{
		BinaryAssetsDirectory: controlPlane(t), CRDInstallOptions: envtest.CRDInstallOptions{Paths: operatorKinds(t), ErrorIfPathMissing: true},
		ControlPlaneStartTimeout: time.Minute, ControlPlaneStopTimeout: time.Minute,
	}
	// envtest switches off an admission plugin that every cluster has.
	environment.ControlPlane.GetAPIServer().Configure().Disable("disable-admission-plugins")
	start := time.Now()
	c, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("kube-apiserver %s is ready after %s", kubernetesVersion, time.Since(start).Round(time.Millisecond))
	return newServer(t, c)
}

func newServer(t *testing.T, c *rest.Config) *server {
	t.Helper()
	s := &server{}
	c.WarningHandler = &s.warnings
	plain, err := client.New(c, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = client.WithFieldValidation(client.WithFieldOwner(plain, "test"), metav1.FieldValidationStrict)
	return s
}

// apply applies every object, as `kubectl apply --server-side` does, and returns
// what the server made of each, without its own bookkeeping.
func (s *server) apply(t *testing.T, text []byte) (made []string) {
	t.Helper()
	for _, document := range strings.Split(string(text), "\n---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &u.Object); err != nil {
			t.Fatal(err)
		}
		if err := s.Patch(t.Context(), u, client.Apply); err != nil { //nolint:staticcheck // the typed form takes no objects of kinds unknown here
			t.Errorf("%s %s: %v", u.GetKind(), u.GetName(), err)
			continue
		}
		u.SetResourceVersion("") // of a volume claim it is a new one each time
		u.SetManagedFields(nil)
		object, err := yaml.Marshal(u.Object)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, string(object))
	}
	return made
}

// TestAPIServer applies what every overlay builds, with strict validation of
// fields, and makes a pod of every template, as a controller would, in the
// namespace that enforces the restricted profile.
func TestAPIServer(t *testing.T) {
	for name, o := range map[string]struct{ overlay, component string }{
		"dev": {"dev", ""}, "production": {"production", ""}, "production with monitoring": {"production", "monitoring"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startAPIServer(t)
			text := build(t, o.overlay)
			objects := decode(t, text)
			if o.component != "" {
				text = build(t, o.overlay, o.component)
			}
			start := time.Now()
			made := s.apply(t, text)
			t.Logf("%d objects accepted in %s", len(made), time.Since(start).Round(time.Millisecond))
			if again := s.apply(t, text); !slices.Equal(made, again) {
				t.Errorf("applied again,\n%s\nbecomes\n%s", made, again)
			}
			t.Logf("%d pods accepted by the restricted profile", s.makePods(t, objects))
			for _, warning := range s.warnings.list {
				t.Errorf("the server warns: %s", warning)
			}
			if o.overlay == "production" {
				s.setImage(t)
			}
		})
	}
}

func (s *server) makePods(t *testing.T, objects []runtime.Object) (made int) {
	t.Helper()
	for name, template := range templates(objects) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "modelcard-generator", Labels: template.Labels}, Spec: template.Spec}
		if err := s.Create(t.Context(), pod); err != nil {
			t.Errorf("a pod of %s: %v", name, err)
			continue
		}
		made++
	}
	return made
}

func templates(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	found := map[string]corev1.PodTemplateSpec{}
	for _, object := range objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			found[o.Name] = o.Spec.Template
		case *batchv1.Job:
			found[o.Name] = o.Spec.Template
		case *batchv1.CronJob:
			found[o.Name] = o.Spec.JobTemplate.Spec.Template
		}
	}
	return found
}

// setImage does what `kubectl set image deployment/mcg-api mcg-api=…` sends.
func (s *server) setImage(t *testing.T) {
	t.Helper()
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "mcg-api", Namespace: "modelcard-generator"}}
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"mcg-api","image":"terragonlabs/modelcard-generator:1.2.3"}]}}}}`)
	if err := s.Patch(t.Context(), deployment, client.RawPatch(types.StrategicMergePatchType, patch)); err != nil {
		t.Fatal(err)
	}
	containers := deployment.Spec.Template.Spec.Containers
	if len(containers) != 1 || containers[0].Image != "terragonlabs/modelcard-generator:1.2.3" || containers[0].ReadinessProbe == nil {
		t.Errorf("after set image the containers are %+v", containers)
	}
}

// What is wrong has to be refused, or the test above says nothing.
func TestAPIServerRefuses(t *testing.T) {
	s := startAPIServer(t)
	ctx := t.Context()
	namespace := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(strings.Split(string(build(t, "dev")), "\n---\n")[0]), &namespace.Object); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(ctx, namespace); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, says string
		is         func(error) bool
	}{
		"unknown field": {"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, bogus: 1}]}}", "strict decoding error", apierrors.IsBadRequest},
		"port":          {"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80000}]}}", "65535", apierrors.IsInvalid},
		"unknown field of a monitor": {
			"{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: a}, spec: {selector: {}, endpoints: [{portt: metrics}]}}", "unknown field", apierrors.IsBadRequest,
		},
		"root": {
			"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {automountServiceAccountToken: false, serviceAccountName: a, containers: [{name: a, image: a}]}}",
			"violates PodSecurity", apierrors.IsForbidden,
		},
	} {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(c.text), &u.Object); err != nil {
			t.Fatal(err)
		}
		u.SetNamespace("modelcard-generator")
		if err := s.create(ctx, u); err == nil || !c.is(err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// create makes the account that a pod names first; without it the pod would be
// refused for another reason.
func (s *server) create(ctx context.Context, u *unstructured.Unstructured) error {
	if account, found, _ := unstructured.NestedString(u.Object, "spec", "serviceAccountName"); found {
		made := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account, Namespace: u.GetNamespace()}}
		if err := s.Create(ctx, made); err != nil {
			return err
		}
	}
	return s.Create(ctx, u)
}
