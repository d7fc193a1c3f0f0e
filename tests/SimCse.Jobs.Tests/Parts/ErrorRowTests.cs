using System.Text;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Tests.Parts;

public sealed class ErrorRowTests
{
    [Fact]
    public void Japanese_stands_in_an_error_row_as_it_is_and_nothing_moves_a_terminal() => Assert.Equal(
        """{"line":2,"id":"猫'<\u0085\u001B","reason":"列「価格」が '高い' です。"}""" + "\n",
        Encoding.UTF8.GetString(new ErrorRow(2, "猫'<\u0085\u001B", "列「価格」が '高い' です。").ToLine()));
}
