using SimCse.Cli;

return await CliApp.RunAsync(args);
