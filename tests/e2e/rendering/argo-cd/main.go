// Asks Argo CD's own code about the tree: reads one request from standard input, as JSON, and answers in the same form.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/health"
	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	appsetutils "github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type object = map[string]any

type request struct {
	// Folder that stands for the repository.
	Repository string `json:"repository"`
	// Applications to render, each from the path that it names.
	Applications []v1alpha1.Application `json:"applications"`
	// ApplicationSets to make Applications of.
	ApplicationSets []v1alpha1.ApplicationSet `json:"applicationSets"`
	Drifts          []drift                   `json:"drifts"`
	Permits         []permit                  `json:"permits"`
	Healths         []healthQuestion          `json:"healths"`
}

type drift struct {
	Live   object                               `json:"live"`
	Target object                               `json:"target"`
	Ignore []v1alpha1.ResourceIgnoreDifferences `json:"ignore"`
}

type permit struct {
	Project     v1alpha1.AppProject  `json:"project"`
	Application v1alpha1.Application `json:"application"`
	Objects     []struct {
		Group      string `json:"group"`
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		Namespaced bool   `json:"namespaced"`
	} `json:"objects"`
}

type healthQuestion struct {
	Object object `json:"object"`
	// Keys and scripts as argocd-cm has them: group/Kind -> Lua.
	Scripts map[string]string `json:"scripts"`
}

type answer struct {
	Rendered  [][]object               `json:"rendered"`
	Generated [][]v1alpha1.Application `json:"generated"`
	Drifted   []bool                   `json:"drifted"`
	// What of each question the project refuses.
	Refused [][]string `json:"refused"`
	// Empty where Argo CD does not say anything of the object.
	Health []string `json:"health"`
}

func main() {
	logrus.SetOutput(io.Discard)
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	answered, err := answerTo(asked)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answered); err != nil {
		log.Fatal(err)
	}
}

func answerTo(asked request) (answer, error) {
	var given answer
	for _, set := range asked.ApplicationSets {
		applications, err := generate(set)
		if err != nil {
			return given, fmt.Errorf("ApplicationSet %s: %w", set.Name, err)
		}
		given.Generated = append(given.Generated, applications)
	}
	for _, application := range asked.Applications {
		objects, err := render(asked.Repository, application)
		if err != nil {
			return given, fmt.Errorf("Application %s: %w", application.Name, err)
		}
		given.Rendered = append(given.Rendered, objects)
	}
	for _, question := range asked.Drifts {
		drifted, err := isDrift(question)
		if err != nil {
			return given, err
		}
		given.Drifted = append(given.Drifted, drifted)
	}
	for _, question := range asked.Permits {
		refused, err := refusedBy(question)
		if err != nil {
			return given, err
		}
		given.Refused = append(given.Refused, refused)
	}
	for _, question := range asked.Healths {
		status, err := healthOf(question)
		if err != nil {
			return given, err
		}
		given.Health = append(given.Health, status)
	}
	return given, nil
}

// As the repository server does it, which runs the kustomize on the PATH.
func render(repository_ string, application v1alpha1.Application) ([]object, error) {
	source := application.Spec.Source
	response, err := repository.GenerateManifests(context.Background(), filepath.Join(repository_, source.Path), repository_, "HEAD",
		&apiclient.ManifestRequest{Repo: &v1alpha1.Repository{Repo: source.RepoURL}, ApplicationSource: source, AppName: application.Name, Namespace: application.Spec.Destination.Namespace},
		true, git.NoopCredsStore{}, resource.MustParse("0"), utilio.NewRandomizedTempPaths(os.TempDir()))
	if err != nil {
		return nil, err
	}
	objects := []object{}
	for _, manifest := range response.Manifests {
		var parsed object
		if err := json.Unmarshal([]byte(manifest), &parsed); err != nil {
			return nil, err
		}
		objects = append(objects, parsed)
	}
	return objects, nil
}

// As the ApplicationSet controller does it.
func generate(set v1alpha1.ApplicationSet) ([]v1alpha1.Application, error) {
	known := map[string]generators.Generator{"List": generators.NewListGenerator()}
	applications, _, err := template.GenerateApplications(logrus.NewEntry(logrus.StandardLogger()), set, known, &appsetutils.Render{}, nil)
	return applications, err
}

// As the application controller sees it, which then heals itself.
func isDrift(question drift) (bool, error) {
	config, err := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(question.Ignore, map[string]v1alpha1.ResourceOverride{}, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking("", "annotation").
		WithNoCache().
		Build()
	if err != nil {
		return false, err
	}
	result, err := argodiff.StateDiff(context.Background(), &unstructured.Unstructured{Object: question.Live}, &unstructured.Unstructured{Object: question.Target}, config)
	return result.Modified, err
}

// As the application controller asks before it applies an object.
func refusedBy(question permit) ([]string, error) {
	project, spec := question.Project, question.Application.Spec
	if err := project.ValidateProject(); err != nil {
		return nil, err
	}
	refused := []string{}
	if !project.IsSourcePermitted(*spec.Source) {
		refused = append(refused, "source "+spec.Source.RepoURL)
	}
	cluster := &v1alpha1.Cluster{Name: spec.Destination.Name, Server: "https://" + spec.Destination.Name}
	there, err := project.IsDestinationPermitted(cluster, spec.Destination.Namespace, nil)
	if err != nil {
		return nil, err
	}
	if !there {
		refused = append(refused, "destination "+spec.Destination.Name+" "+spec.Destination.Namespace)
	}
	for _, one := range question.Objects {
		if !project.IsGroupKindNamePermitted(schema.GroupKind{Group: one.Group, Kind: one.Kind}, one.Name, one.Namespaced) {
			refused = append(refused, one.Kind+"/"+one.Name)
		}
	}
	return refused, nil
}

// By Argo CD's own scripts, and those of argocd-cm.
func healthOf(question healthQuestion) (string, error) {
	overrides := lua.ResourceHealthOverrides{}
	for key, script := range question.Scripts {
		overrides[key] = v1alpha1.ResourceOverride{HealthLua: script}
	}
	status, err := health.GetResourceHealth(&unstructured.Unstructured{Object: question.Object}, overrides)
	if err != nil || status == nil {
		return "", err
	}
	return string(status.Status), nil
}
