using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Engines.Tests.Query;

public sealed class AnnotationsTests
{
    [Fact]
    public void What_comes_up_at_each_step_is_worded_once()
    {
        var worded = 0;
        string Words(string name)
        {
            worded++;
            return $"odd: {name}";
        }

        var annotations = new Annotations("a + b");
        Func<string, string> words = Words;
        for (var step = 0; step < 3; step++)
        {
            annotations.Warn(words, "a", new PositionRange(0, 1));
            annotations.Warn(words, "b", new PositionRange(4, 5));
            annotations.Inform(words, "b", new PositionRange(4, 5));
        }

        Assert.Equal(3, worded);
        Assert.Equal(["PromQL warning: odd: a (1:1)", "PromQL warning: odd: b (1:5)"], annotations.Warnings);
        Assert.Equal(["PromQL info: odd: b (1:5)"], annotations.Infos);
    }
}
