package tools

import (
	"context"
	"runtime"
	"strings"

	"github.com/tftsr/tftsr/providers/ollama"
)

type ollamaInstallGuideIn struct {
	Platform string `json:"platform,omitempty" gate:"enum" jsonschema:"example=linux" jsonschema_description:"linux, macos, windows or docker; that of this server unless given"`
}

type ollamaInstallGuideOut struct {
	ollama.Guide
}

func ollamaInstallGuide() Tool {
	return define(spec{
		name: "ollama_install_guide", title: "How to install Ollama", toolset: SetModels, readOnly: true,
		description: "Say how a person installs and starts Ollama on a platform. Nothing is installed.",
	}, func(_ context.Context, _ *call, in ollamaInstallGuideIn) (ollamaInstallGuideOut, error) {
		if in.Platform == "" {
			in.Platform = runtime.GOOS
		}
		g, ok := ollama.GuideFor(in.Platform)
		if !ok {
			return ollamaInstallGuideOut{}, usage("platform: there are guides for %s", strings.Join(ollama.Platforms(), ", "))
		}
		return ollamaInstallGuideOut{g}, nil
	})
}
