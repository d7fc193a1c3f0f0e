using '../main.bicep'

param hosting = 'containerAppsGpu'
param environmentName = 'gpup'
param image = 'simcse-functions-gpu:1'
param gpu = 'A100'
param maxInstances = 4
param modelBlob = 'default'
param privateNetworking = true
param allowedIpAddresses = ['203.0.113.7']
param operatorPrincipalIds = ['00000000-0000-0000-0000-00000000000a']
param alertEmail = 'operator@example.com'
