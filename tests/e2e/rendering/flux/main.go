// Renders Flux Kustomizations as its kustomize-controller does, and updates images as its image automation does: reads one request from standard input, as JSON, and
// answers in the same form.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type object = map[string]any

type request struct {
	// Folder that stands for the source.
	Repository string `json:"repository"`
	// Flux's objects of kind Kustomization.
	Kustomizations []object `json:"kustomizations"`
	// Image policies, namespace:name, to their images: the fields that are marked with them are set.
	Images map[string]string `json:"images"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	if len(asked.Images) > 0 {
		if err := update(asked.Repository, asked.Images); err != nil {
			log.Fatal(err)
		}
	}
	rendered := [][]object{}
	for _, kustomization := range asked.Kustomizations {
		objects, err := render(asked.Repository, unstructured.Unstructured{Object: kustomization})
		if err != nil {
			log.Fatal(err)
		}
		rendered = append(rendered, objects)
	}
	if err := json.NewEncoder(os.Stdout).Encode(object{"rendered": rendered}); err != nil {
		log.Fatal(err)
	}
}

func render(root string, kustomization unstructured.Unstructured) ([]object, error) {
	path, _, _ := unstructured.NestedString(kustomization.Object, "spec", "path")
	folder := filepath.Join(root, path)
	// It writes what the Kustomization asks for into kustomization.yaml, and builds that.
	if _, err := kustomize.NewGenerator(root, kustomization).WriteFile(folder, kustomize.WithSaveOriginalKustomization()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer kustomize.CleanDirectory(folder, kustomize.UnchangedAction)
	built, err := kustomize.SecureBuild(root, folder, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	objects := []object{}
	_, substitutes, _ := unstructured.NestedMap(kustomization.Object, "spec", "postBuild")
	for _, one := range built.Resources() {
		if substitutes {
			// Strict, as the controller is since 2.9: a variable without a value is refused.
			if _, err := kustomize.SubstituteVariables(
				context.Background(), nil, kustomization, one,
				kustomize.SubstituteWithDryRun(true), kustomize.SubstituteWithStrict(true), kustomize.SubstituteWithAlways(true),
			); err != nil {
				return nil, fmt.Errorf("%s %s: %w", one.GetKind(), one.GetName(), err)
			}
		}
		parsed, err := one.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, parsed)
	}
	return objects, nil
}
