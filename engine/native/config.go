package native

import "github.com/agora-network/agora/engine/native/modelfile"

// Config describes a model of Agora's own, see modelfile.Config.
type Config = modelfile.Config

// TensorSpec is the name and shape under which a weight is stored.
type TensorSpec = modelfile.TensorSpec

// What a model file of Agora's own calls things, see package modelfile.
const (
	EmbeddingName  = modelfile.EmbeddingName
	FinalNormName  = modelfile.FinalNormName
	MetadataConfig = modelfile.MetadataConfig
)
