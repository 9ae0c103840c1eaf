package main

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/fieldmeta"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// The key of a marker, as in: image: registry:3.1.1 # {"$imagepolicy": "registry:images"}
const marker = "$imagepolicy"

// Updates the marked fields of the YAML files in a folder, with the reader, the writer and the reading of markers that
// Flux's image-automation-controller has from kyaml. Its own package, pkg/update, is served by no Go proxy, so the few
// lines between them stand here.
func update(folder string, images map[string]string) error {
	fieldmeta.SetShortHandRef(marker)
	openapi.SuppressBuiltInSchemaUse()
	return kio.Pipeline{
		Inputs: []kio.Reader{kio.LocalPackageReader{PackagePath: folder, MatchFilesGlob: []string{"*.yaml"}}},
		Filters: []kio.Filter{kio.FilterFunc(func(nodes []*yaml.RNode) ([]*yaml.RNode, error) {
			for _, node := range nodes {
				if err := setMarked(node.YNode(), images); err != nil {
					return nil, err
				}
			}
			return nodes, nil
		})},
		Outputs: []kio.Writer{kio.LocalPackageWriter{PackagePath: folder}},
	}.Execute()
}

func setMarked(node *yaml.Node, images map[string]string) error {
	if node.Kind == yaml.ScalarNode && strings.Contains(node.LineComment, marker) {
		var meta fieldmeta.FieldMeta
		if err := meta.Read(yaml.NewRNode(node)); err != nil {
			return err
		}
		policy := strings.TrimPrefix(meta.Schema.Ref.String(), "#/definitions/"+fieldmeta.SetterDefinitionPrefix)
		image, known := images[policy]
		if !known {
			return fmt.Errorf("no image for the policy %q", policy)
		}
		node.Value = image
	}
	for _, child := range node.Content {
		if err := setMarked(child, images); err != nil {
			return err
		}
	}
	return nil
}
