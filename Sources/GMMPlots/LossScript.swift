/// gnuplot's script for the loss curve.
enum LossScript {
    static func picture(_ scene: LossScene) -> String {
        var script = GnuplotScript(terminal: "pngcairo size 1600,1000 font 'Sans,22' rounded")
        script.line("set grid ytics linetype 1 linewidth 1 linecolor rgb '#e4e6ea'")
        script.line("unset key")
        script.line("set rmargin 4")
        script.axis("x", scene.x)
        script.axis("y", scene.y)
        script.block("loss", scene.curve)
        var elements = ["$loss with lines linewidth 4 linecolor rgb '\(Palette.components[0])'"]
        if scene.curve.count == 1 {
            elements = ["$loss with points pointtype 7 pointsize 2 linecolor rgb '\(Palette.components[0])'"]
        }
        script.plot(elements)
        return script.text
    }
}
