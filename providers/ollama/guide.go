package ollama

import "strings"

// startHints say how Ollama is started, by platform (docs.ollama.com: linux,
// macos, windows).
var startHints = map[string]string{
	"linux":   "start it with `sudo systemctl start ollama`, or `ollama serve` where it is no service",
	"darwin":  "open the Ollama app, or run `ollama serve`",
	"windows": "open Ollama from the Start menu, or run `ollama serve`",
}

const notInstalled = " (how to install it: `tftsr models guide`, or ollama_install_guide)"

func (c *Client) startHint() string {
	hint, ok := startHints[c.goos]
	if !ok {
		hint = "start it with `ollama serve`"
	}
	return hint + notInstalled
}

// Guide says how Ollama gets onto a machine and is run there.
type Guide struct {
	Platform string   `json:"platform" jsonschema:"example=linux"`
	Steps    []string `json:"steps"`
	Notes    []string `json:"notes,omitempty"`
	Source   string   `json:"source" jsonschema_description:"the vendor's page that the steps are from"`
}

// Platforms lists what there is a [Guide] for.
func Platforms() []string { return []string{"linux", "darwin", "windows", "docker"} }

// GuideFor returns the guide for a platform: a name of [Platforms], or macos
// for darwin. ok is false for others.
func GuideFor(platform string) (g Guide, ok bool) {
	if platform = strings.ToLower(platform); platform == "macos" {
		platform = "darwin"
	}
	for _, g := range guides {
		if g.Platform == platform {
			return g, true
		}
	}
	return Guide{}, false
}

// guides are in the words of docs.ollama.com at v0.17.4, shortened.
var guides = []Guide{
	{
		Platform: "linux",
		Steps: []string{
			"Read the installer, then run it: curl -fsSL https://ollama.com/install.sh -o install.sh && less install.sh && sh install.sh",
			"It makes a systemd service; without systemd run: ollama serve",
			"Start it: sudo systemctl enable --now ollama",
			"Check it: tftsr models status",
		},
		Notes: []string{
			"NVIDIA: install the driver first; nvidia-smi must list the GPU. AMD: install ROCm v6 and the package ollama-linux-amd64-rocm.",
			"Models lie in /usr/share/ollama/.ollama/models for the service, else in ~/.ollama/models; OLLAMA_MODELS moves them.",
			"Behind a proxy: HTTPS_PROXY in the environment of the service (sudo systemctl edit ollama).",
		},
		Source: "https://docs.ollama.com/linux",
	},
	{
		Platform: "darwin",
		Steps: []string{
			"Load https://ollama.com/download/Ollama.dmg, open it and drag Ollama to Applications (macOS 14 or newer)",
			"Open Ollama; it offers to put the command ollama into /usr/local/bin",
			"Check it: tftsr models status",
		},
		Notes: []string{
			"Apple silicon runs models on the GPU, which shares its memory with everything else; Intel Macs use the CPU only.",
			"Models lie in ~/.ollama/models.",
		},
		Source: "https://docs.ollama.com/macos",
	},
	{
		Platform: "windows",
		Steps: []string{
			"Load https://ollama.com/download/OllamaSetup.exe and run it (Windows 10 22H2 or newer; no administrator needed)",
			"Ollama then runs in the background, with an icon in the tray",
			"Check it: tftsr models status",
		},
		Notes: []string{
			"NVIDIA needs driver 452.39 or newer, AMD the Radeon driver.",
			"Models lie in %USERPROFILE%\\.ollama\\models; the environment variable OLLAMA_MODELS of your account moves them.",
		},
		Source: "https://docs.ollama.com/windows",
	},
	{
		Platform: "docker",
		Steps: []string{
			"docker run -d -v ollama:/root/.ollama -p 127.0.0.1:11434:11434 --name ollama ollama/ollama",
			"With NVIDIA GPUs: install the NVIDIA Container Toolkit and add --gpus=all",
			"With AMD GPUs: use the image ollama/ollama:rocm and add --device /dev/kfd --device /dev/dri",
			"Check it: tftsr models status",
		},
		Notes:  []string{"The port is bound to this machine: Ollama asks nobody for a password."},
		Source: "https://docs.ollama.com/docker",
	},
}
