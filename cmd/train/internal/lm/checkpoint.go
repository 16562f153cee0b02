package lm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/agora-network/agora/engine/native/safetensors"
)

const (
	metadataStep   = "agora.train.step"
	meanSuffix     = ".adam_mean"
	varianceSuffix = ".adam_variance"
)

// Save writes everything that training needs to go on: weights, moments, step.
// The file is replaced at once, so a crash leaves the previous checkpoint.
func (t *Trainer) Save(path string) error {
	var sources []safetensors.Source
	for _, w := range t.model.tensors {
		sources = append(sources,
			safetensors.Source{Name: w.Name, Shape: w.Shape, Data: w.Data},
			safetensors.Source{Name: w.Name + meanSuffix, Shape: w.Shape, Data: w.mean},
			safetensors.Source{Name: w.Name + varianceSuffix, Shape: w.Shape, Data: w.variance})
	}
	data, err := safetensors.Marshal(map[string]string{metadataStep: strconv.Itoa(t.step)}, safetensors.F32, sources)
	if err != nil {
		return fmt.Errorf("lm: checkpoint: %w", err)
	}
	return WriteFile(path, data)
}

// Load continues from a checkpoint of a model of the same shape.
func (t *Trainer) Load(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("lm: checkpoint: %w", err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		return fmt.Errorf("lm: checkpoint %s: %w", path, err)
	}
	text, _ := file.Metadata(metadataStep)
	step, err := strconv.Atoi(text)
	if err != nil || step < 0 {
		return fmt.Errorf("lm: checkpoint %s has no step number", path)
	}
	for _, w := range t.model.tensors {
		for suffix, into := range map[string][]float32{"": w.Data, meanSuffix: w.mean, varianceSuffix: w.variance} {
			tensor, ok := file.Tensor(w.Name + suffix)
			if !ok || tensor.Len() != len(into) {
				return fmt.Errorf("lm: checkpoint %s does not hold %s%s of shape %v; was the model's size changed?", path, w.Name, suffix, w.Shape)
			}
			if err := tensor.ReadFloat32s(into, 0); err != nil {
				return fmt.Errorf("lm: checkpoint %s: %w", path, err)
			}
		}
	}
	t.step = step
	return nil
}

// WriteFile replaces a file at once.
func WriteFile(path string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
